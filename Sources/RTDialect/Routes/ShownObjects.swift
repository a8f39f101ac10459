import ParleyHTTP

/// Objects that are shown one after the other, each in a form of its own or, where it is a history, in many.
struct ShownObjects: BodyProducer {
    /// An object that stands for the whole answer.
    struct Raw: Error {
        var answer: Answer
    }

    private let call: Call
    /// The fields that are asked for.
    private let names: [String]?
    private var spellings: ArraySlice<String>
    /// What is still to be shown of the present object.
    private var history: HistoryForms?
    private var isFirst = true
    private var isEnded = false

    init(_ call: Call, _ spellings: [String]) throws {
        self.call = call
        self.spellings = spellings[...]
        names = try call.fieldNames()
    }

    /// - Throws: `Raw`, and what showing an object throws.
    mutating func next() async throws -> [UInt8]? {
        if isEnded { return nil }
        var writer = FormWriter(isFirst: isFirst)
        while writer.count < ResponseBody.pieceLength, !isEnded {
            try Task.checkCancellation()
            if var present = history.take(), !present.isEmpty {
                try await present.write(to: &writer)
                history = present
            } else if let spelling = spellings.popFirst() {
                let answer = try await call.handle(spelling, nil)
                if let raw = answer.raw { throw Raw(answer: raw) }
                history = answer.history
                if history == nil { write(answer, to: &writer) }
            } else {
                isEnded = true
                if !writer.isFirst { writer.put("\n") }
            }
        }
        isFirst = writer.isFirst
        return writer.finish()
    }

    private func write(_ answer: ObjectAnswer, to writer: inout FormWriter) {
        var form = answer.form
        if !answer.isFailure, !form.fields.isEmpty, form.verbatim == nil, let names { form = form.projected(on: names) }
        form.isOfObject = true
        if !form.comment.isEmpty || !form.fields.isEmpty || form.verbatim != nil { writer.write(form) }
    }
}
