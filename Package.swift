// swift-tools-version:6.2
import PackageDescription

/// Swift 6 language mode everywhere; `any` is written out, and a member is visible only through its module's import.
let strict: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "parley",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "parley", targets: ["parley"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CHaru", providers: [.apt(["libhpdf-dev"])]),
        .target(name: "ParleyModel", swiftSettings: strict),
        .target(name: "ParleyStorage", dependencies: ["ParleyModel", crypto], swiftSettings: strict),
        .target(name: "ParleySQLite", dependencies: ["ParleyModel", "ParleyStorage", "CSQLite"], swiftSettings: strict),
        .target(
            name: "ParleyService", dependencies: ["ParleyModel", "ParleyStorage", crypto, cryptoExtras, yams],
            swiftSettings: strict),
        .target(name: "ParleyMarkup", swiftSettings: strict),
        .target(
            name: "ParleyHTTP", dependencies: ["ParleyModel", "ParleyService", "ParleyMarkup", "CXML2", "CHaru"],
            swiftSettings: strict),
        .target(
            name: "RedmineDialect", dependencies: ["ParleyModel", "ParleyService", "ParleyHTTP", "ParleyMarkup"],
            swiftSettings: strict),
        .target(name: "RTDialect", dependencies: ["ParleyModel", "ParleyService", "ParleyHTTP"], swiftSettings: strict),
        .target(name: "ParleyWeb", dependencies: ["ParleyModel", "ParleyService", "ParleyHTTP"], swiftSettings: strict),
        .target(
            name: "ParleyServer",
            dependencies: [
                "ParleyModel", "ParleyStorage", "ParleySQLite", "ParleyService", "ParleyHTTP", "RedmineDialect",
                "RTDialect", "ParleyWeb",
                nioCore, nioPosix, nioHTTP1, logging, metrics, yams,
            ],
            swiftSettings: strict),
        .executableTarget(name: "parley", dependencies: ["ParleyServer", argumentParser], swiftSettings: strict),
        .executableTarget(
            name: "parley-limits", dependencies: ["CSQLite", nioCore, nioPosix, nioHTTP1], path: "Bench/Limits",
            swiftSettings: strict),
        .testTarget(name: "ModelTests", dependencies: ["ParleyModel"], swiftSettings: strict),
        .testTarget(name: "StorageTests", dependencies: ["ParleyModel", "ParleyStorage", "ParleySQLite"], swiftSettings: strict),
        .testTarget(
            name: "ServiceTests", dependencies: ["ParleyModel", "ParleyStorage", "ParleySQLite", "ParleyService"],
            swiftSettings: strict),
        .testTarget(name: "MarkupTests", dependencies: ["ParleyMarkup"], swiftSettings: strict),
        .testTarget(name: "HTTPTests", dependencies: ["ParleyModel", "ParleyHTTP", "ParleyMarkup"], swiftSettings: strict),
        .testTarget(
            name: "RedmineTests",
            dependencies: ["ParleyModel", "ParleyStorage", "ParleySQLite", "ParleyService", "ParleyHTTP", "RedmineDialect"],
            swiftSettings: strict),
        .testTarget(
            name: "RTTests",
            dependencies: ["ParleyModel", "ParleyStorage", "ParleySQLite", "ParleyService", "ParleyHTTP", "RTDialect"],
            swiftSettings: strict),
        .testTarget(name: "ServerTests", dependencies: ["ParleyServer", "ParleyHTTP", "ParleyWeb", nioCore, nioPosix], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
