/// One question to the daemon.
enum Daemon {
    enum Answer {
        case proceed
        case refuse(String)
        /// Nobody listens, or nobody answers in time, or it can't do it now.
        case silent
    }

    static func ask(_ options: Options) -> Answer {
        let frame: [UInt8]
        do {
            frame = try HookFrame(call: options.call, fields: RawEnvironment.entries(prefix: "RSYNC_")).encoded()
        } catch {
            return .refuse("linbo-hook: \(error)")
        }
        guard let socket = HookSocket(connectingTo: options.socket),
            socket.write(frame, before: Deadline(inMilliseconds: options.patience))
        else { return .silent }
        while true {
            // Each sign of life starts the wait anew; the daemon bounds how often it gives one.
            let deadline = Deadline(inMilliseconds: options.patience)
            guard let bytes = socket.read(HookReply.headerLength, before: deadline),
                let (verdict, length) = HookReply.header(bytes[...]),
                let text = socket.read(length, before: deadline)
            else { return .silent }
            switch verdict {
            case .proceed: return .proceed
            case .refuse: return .refuse(String(decoding: text, as: UTF8.self))
            case .hold: continue
            case .unable: return .silent
            }
        }
    }
}
