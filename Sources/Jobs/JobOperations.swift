package import API

// What can be asked of jobs; Control answers.

/// A list of jobs, without their logs.
package struct GetJobs: APIOperation {
    package typealias Answer = [Job]
    package static let route = Route.get("/v1/jobs")
    package static let summary = "Jobs, newest first; what is not over before what is."

    /// Only of this kind; nil: of every kind.
    package var kind: String?
    /// What is over, too.
    package var all: Bool?
    /// Those that were wanted together: `Job.batch`.
    package var batch: Int64?

    /// - Parameter all: what is over, too.
    package init(kind: String? = nil, all: Bool, batch: Int64? = nil) {
        self.kind = kind
        self.all = all
        self.batch = batch
    }
}

/// One job, and what it wrote.
package struct GetJob: APIOperation {
    /// The job as it is at this moment, and its log.
    package struct Answer: Codable, Sendable {
        /// As it is at this moment.
        package let job: Job
        /// What it wrote while it ran, oldest first.
        package let lines: [JobLine]

        /// - Parameter lines: those of this job.
        package init(job: Job, lines: [JobLine]) {
            self.job = job
            self.lines = lines
        }
    }
    package static let route = Route.get("/v1/jobs/{id}")
    package static let summary = "A job with its log."

    /// `Job.id`.
    package var id: Int64
    /// Only lines behind this `JobLine.n`.
    package var after: Int64?

    /// - Parameter id: `Job.id`; one that is unknown is answered by a fault.
    package init(id: Int64, after: Int64? = nil) {
        self.id = id
        self.after = after
    }
}

/// Has a job stop.
package struct CancelJob: APIOperation {
    package typealias Answer = Job
    package static let route = Route.post("/v1/jobs/{id}/cancel")
    package static let summary = "Stops a job: at once if it waits; one that runs is told to stop."

    /// `Job.id`.
    package var id: Int64

    /// - Parameter id: `Job.id`; one that is over is answered by a fault.
    package init(id: Int64) {
        self.id = id
    }
}

/// Has a job that is over begin anew.
package struct RetryJob: APIOperation {
    package typealias Answer = Job
    package static let route = Route.post("/v1/jobs/{id}/retry")
    package static let summary = "Has a job that is over done once more."

    /// `Job.id`.
    package var id: Int64

    /// - Parameter id: `Job.id`; one that is not over is answered by a fault.
    package init(id: Int64) {
        self.id = id
    }
}
