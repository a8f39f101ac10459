import ParleyHTTP
import ParleyModel
import ParleyService

/// What a client wants of a user.
struct UserParser {
    let catalog: Catalog
    let input: ParameterObject

    /// Of what one may be told by mail.
    private static let mailChoices: Set<String> = [
        "all", "selected", "only_my_events", "only_assigned", "only_owner", "none",
    ]

    private func text(_ name: String) -> String? { input[name].map { Words.ofText($0) ?? "" } }

    /// Whether a host has a name of its own and a top domain.
    private static func hasHost(_ address: String) -> Bool {
        guard let host = address.split(separator: "@", omittingEmptySubsequences: false).last else { return false }
        let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = labels.allSatisfy { label in
            !label.isEmpty
                && label.utf8.allSatisfy { octet in
                    (0x61...0x7A).contains(octet) || (0x30...0x39).contains(octet) || octet == UInt8(ascii: "-")
                }
        }
        guard isPlain, labels.count > 1, let top = labels.last, top.utf8.count > 1 else { return false }
        return top.hasPrefix("xn--") || top.utf8.allSatisfy { (0x61...0x7A).contains($0) }
    }

    var draft: UserDraft {
        var draft = UserDraft()
        draft.login = text("login")
        draft.firstName = text("firstname")
        draft.lastName = text("lastname")
        draft.address = text("mail").map(Spelling.trimmed)
        if let address = draft.address, !address.isEmpty, !UserParser.hasHost(address) {
            draft.problems.append(Problem(.property("address"), .invalid))
        }
        draft.admin = input["admin"].flatMap(Spelling.flag)
        if let status = input["status"] {
            draft.status = Spelling.number(status).flatMap { UserRendering.status($0) }
            if draft.status == nil { draft.problems.append(Problem(.property("userStatus"), .invalid)) }
        }
        draft.language = text("language")
        draft.mailNotification = text("mail_notification")
        if let word = draft.mailNotification, !word.isEmpty, !UserParser.mailChoices.contains(word) {
            draft.problems.append(Problem(.property("mailNotification"), .notInList))
        }
        draft.lastNameMaximumLength = 30
        draft.mustChangePassword = input["must_change_passwd"].flatMap(Spelling.flag)
        draft.values = CustomValues.given(in: input, of: .user, catalog)
        return draft
    }

    /// The password that is given, or made up where that is asked for; nil for none. A new user's may not be empty, for
    /// others an empty one is none.
    func password(_ call: Call, isNew: Bool = false) throws -> String? {
        let given = input["password"]?.scalarText
        if let given, !given.isEmpty { return given }
        guard input["generate_password"].flatMap(Spelling.flag) ?? false else { return isNew ? given : nil }
        let letters = Array("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789".utf8)
        let length = max(20, call.catalog.settings.passwordMinimumLength)
        return String(
            decoding: call.workspace.environment.random(length).map { letters[Int($0) % letters.count] }, as: UTF8.self)
    }
}
