package import API

// What can be asked of jobs; Control answers.

package struct GetJobs: APIOperation {
    package typealias Answer = [Job]
    package static let route = Route.get("/v1/jobs")
    package static let summary = "Jobs, newest first; what is not over before what is."

    package var kind: String?
    /// What is over, too.
    package var all: Bool?

    package init(kind: String?, all: Bool) {
        self.kind = kind
        self.all = all
    }
}

package struct GetJob: APIOperation {
    package struct Answer: Codable, Sendable {
        package let job: Job
        /// What it wrote while it ran, oldest first.
        package let lines: [JobLine]

        package init(job: Job, lines: [JobLine]) {
            self.job = job
            self.lines = lines
        }
    }
    package static let route = Route.get("/v1/jobs/{id}")
    package static let summary = "A job with its log."

    package var id: Int64

    package init(id: Int64) {
        self.id = id
    }
}

package struct CancelJob: APIOperation {
    package typealias Answer = Job
    package static let route = Route.post("/v1/jobs/{id}/cancel")
    package static let summary = "Stops a job: at once if it waits; one that runs is told to stop."

    package var id: Int64

    package init(id: Int64) {
        self.id = id
    }
}

package struct RetryJob: APIOperation {
    package typealias Answer = Job
    package static let route = Route.post("/v1/jobs/{id}/retry")
    package static let summary = "Has a job that is over done once more."

    package var id: Int64

    package init(id: Int64) {
        self.id = id
    }
}
