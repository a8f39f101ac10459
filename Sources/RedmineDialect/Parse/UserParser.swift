import ParleyHTTP
import ParleyModel
import ParleyService

/// What a client wants of a user.
struct UserParser {
    let catalog: Catalog
    let input: ParameterObject

    private func text(_ name: String) -> String? { input[name].map { Spelling.trimmed($0.scalarText ?? "") } }

    var draft: UserDraft {
        var draft = UserDraft()
        draft.login = text("login")
        draft.firstName = text("firstname")
        draft.lastName = text("lastname")
        draft.address = text("mail")
        draft.admin = input["admin"].flatMap(Spelling.flag)
        draft.status = input["status"].flatMap(Spelling.number).flatMap { UserRendering.status($0) }
        draft.language = text("language")
        draft.mailNotification = text("mail_notification")
        draft.mustChangePassword = input["must_change_passwd"].flatMap(Spelling.flag)
        draft.values = CustomValues.named(in: input).compactMap { number, value in
            guard let field = catalog.records.fields[FieldID(number)], field.object == .user,
                let operands = CustomValues.operands(value, for: field)
            else { return nil }
            return (number, operands)
        }
        return draft
    }

    /// The password that is given, or made up where that is asked for; nil for none.
    func password(_ call: Call) throws -> String? {
        if let text = input["password"]?.scalarText, !text.isEmpty { return text }
        guard input["generate_password"].flatMap(Spelling.flag) ?? false else { return nil }
        let letters = Array("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789".utf8)
        let length = max(20, call.catalog.settings.passwordMinimumLength)
        return String(
            decoding: call.workspace.environment.random(length).map { letters[Int($0) % letters.count] }, as: UTF8.self)
    }
}
