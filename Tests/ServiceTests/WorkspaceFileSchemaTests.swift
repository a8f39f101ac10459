import Foundation
@testable import ParleyService
import Testing

/// `docs/workspace.schema.json` says the same as the server.
@Suite struct WorkspaceFileSchemaTests {
    private static let rules: [(String, FileRule)] = [
        ("settings", FileSchema.settings), ("status", FileSchema.status), ("priority", FileSchema.priority),
        ("type", FileSchema.type), ("enumeration", FileSchema.enumeration), ("linkType", FileSchema.linkType),
        ("classifier", FileSchema.classifier), ("workflow", FileSchema.workflow), ("transition", FileSchema.transition),
        ("role", FileSchema.role), ("credential", FileSchema.credential), ("user", FileSchema.user),
        ("group", FileSchema.group), ("member", FileSchema.member), ("field", FileSchema.field),
        ("element", FileSchema.element), ("version", FileSchema.version), ("savedQuery", FileSchema.savedQuery),
        ("project", FileSchema.project), ("issue", FileSchema.issue), ("page", FileSchema.page),
        ("article", FileSchema.article), ("forum", FileSchema.forum), ("topic", FileSchema.topic),
        ("comment", FileSchema.comment), ("file", FileSchema.storedFile), ("rules", FileSchema.rules),
        ("ruleSwitches", FileSchema.ruleSwitches), ("access", FileSchema.access),
    ]

    private func schema() throws -> [String: Any] {
        let path = WorkspaceFixture.conformance + "/../docs/workspace.schema.json"
        let data = try #require(FileManager.default.contents(atPath: path))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func compare(_ name: String, _ rule: FileRule, _ definition: [String: Any]) {
        guard case .map(let shape) = rule else {
            Issue.record("\(name) is no map")
            return
        }
        let properties = (definition["properties"] as? [String: Any]).map { Set($0.keys) } ?? []
        #expect(Set(shape.keys.keys) == properties, "\(name)")
        #expect(Set(shape.required) == Set(definition["required"] as? [String] ?? []), "\(name)")
    }

    @Test("every map has the same keys and the same required keys")
    func keys() throws {
        let schema = try schema()
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        compare("the file", FileSchema.file, schema)
        for (name, rule) in Self.rules { compare(name, rule, try #require(definitions[name])) }
        let tool = try #require((definitions["tool"]?["anyOf"] as? [[String: Any]])?.last)
        guard case .either(let alternatives) = FileSchema.tool, let map = alternatives.last else {
            Issue.record("a tool is a word or a map")
            return
        }
        compare("tool", map, tool)
    }

    @Test("the same words for actions, classes and fields")
    func words() throws {
        let definitions = try #require(try schema()["$defs"] as? [String: [String: Any]])
        func words(_ name: String) -> Set<String> { Set(definitions[name]?["enum"] as? [String] ?? []) }
        #expect(words("action") == Set(FileActions.all))
        #expect(words("fieldAction") == Set(FileSchema.fieldActions))
        #expect(words("classAction") == Set(FileSchema.classActions))
        #expect(words("className") == Set(FileSchema.classNames))
        #expect(words("builtinField") == Set(FileApplier.builtins.keys))
        #expect(words("toolKind") == Set(FileSchema.toolKinds))
    }
}
