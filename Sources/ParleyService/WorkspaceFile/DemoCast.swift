/// Somebody of the demonstration.
struct DemoPerson {
    var login: String
    var first: String
    var last: String
    var extensionNumber: Int
    var isLocked = false
}

/// A project of the demonstration, and what its texts are made of.
struct DemoProject {
    struct Version {
        var name: String
        var description: String
        /// Before today where negative.
        var dueInDays: Int64
    }

    var identifier: String
    var name: String
    var description: String
    var department: String
    var parent: String?
    var isPublic = true
    var isClosed = false
    var members: [(String, String)]
    var groups: [(String, String)] = []
    var types = ["Bug", "Feature", "Support"]
    var categories: [(String, String?)]
    var versions: [Version]
    var issueCount: Int
    /// What can fail, with the number of its category.
    var things: [(String, Int)]
    /// How it fails.
    var symptoms: [String]
    /// When it fails.
    var occasions: [String]
    /// What is wanted: a whole title, with the number of its category.
    var wishes: [(String, Int)]
    /// What riders and colleagues ask.
    var questions: [String]
    var pages: [(title: String, parent: String?, text: String)] = []
    var news: [(title: String, summary: String, text: String)] = []
    var topics: [(subject: String, posts: [String])] = []
}

/// People and projects.
enum DemoCast {
    static let all: [DemoPerson] = [
        DemoPerson(login: "demo", first: "Dana", last: "Vandermolen", extensionNumber: 100),
        DemoPerson(login: "ines", first: "Ines", last: "Falkenrath", extensionNumber: 101),
        DemoPerson(login: "tomas", first: "Tomas", last: "Okwuosa", extensionNumber: 102),
        DemoPerson(login: "mirela", first: "Mirela", last: "Quistgaard", extensionNumber: 103),
        DemoPerson(login: "jarek", first: "Jarek", last: "Lindholt", extensionNumber: 104),
        DemoPerson(login: "sunniva", first: "Sunniva", last: "Baptiste", extensionNumber: 105),
        DemoPerson(login: "kenji", first: "Kenji", last: "Abramowicz", extensionNumber: 106),
        DemoPerson(login: "leonor", first: "Leonor", last: "Haverkamp", extensionNumber: 107),
        DemoPerson(login: "hanno", first: "Hanno", last: "Dragomir", extensionNumber: 108),
        DemoPerson(login: "pilar", first: "Pilar", last: "Eskelinen", extensionNumber: 109),
        DemoPerson(login: "dexter", first: "Dexter", last: "Molnarova", extensionNumber: 110),
        DemoPerson(login: "nives", first: "Nives", last: "Castellane", extensionNumber: 111),
        DemoPerson(login: "ottokar", first: "Ottokar", last: "Njoroge", extensionNumber: 112),
        DemoPerson(login: "yrsa", first: "Yrsa", last: "Tellgmann", extensionNumber: 113),
        DemoPerson(login: "former", first: "Falk", last: "Ostrander", extensionNumber: 114, isLocked: true),
    ]

    static let projects: [DemoProject] = [app, payments, stations, fleet, audit, kiosk]

    private static let developers = [
        ("ines", "Manager"), ("tomas", "Developer"), ("mirela", "Developer"), ("jarek", "Developer"),
        ("yrsa", "Reporter"),
        ("demo", "Developer"),
    ]

    static let app = DemoProject(
        identifier: "rider-app", name: "Rider app",
        description: "The app with which people find, unlock and return a bicycle.",
        department: "Product", members: developers, groups: [("Customer care", "Reporter")],
        categories: [("Map", "tomas"), ("Unlocking", "mirela"), ("Account", "jarek"), ("Notifications", nil)],
        versions: [
            .init(name: "4.0", description: "New map", dueInDays: -150),
            .init(name: "4.1", description: "Faster start", dueInDays: -80),
            .init(name: "4.2", description: "Group rides", dueInDays: -5),
            .init(name: "4.3", description: "Winter release", dueInDays: 40),
            .init(name: "5.0", description: "Next year's big one", dueInDays: 170),
        ],
        issueCount: 96,
        things: [
            ("The station list", 0), ("The map", 0), ("The route preview", 0), ("The unlock button", 1),
            ("The QR scanner", 1),
            ("The ride timer", 1), ("Sign-in by link", 2), ("The profile page", 2), ("Language selection", 2),
            ("The ride summary", 3), ("The low-battery notice", 3), ("The return reminder", 3),
        ],
        symptoms: [
            "stays empty", "flickers", "shows yesterday's data", "freezes for several seconds", "ignores the first tap",
            "forgets its state", "overlaps the bottom bar", "shows the wrong station", "is cut off on small screens",
            "cannot be read aloud", "asks for permission twice",
        ],
        occasions: [
            "after waking from sleep", "without a connection", "in landscape", "on tablets", "right after an update",
            "when two rides overlap", "in dark mode", "with large type", "while a call comes in", "at midnight",
        ],
        wishes: [
            ("Let riders reserve a bicycle for ten minutes", 1),
            ("Show how full a station is going to be in half an hour", 0),
            ("Share a ride with friends who have no account", 2), ("Filter the map by cargo bicycles", 0),
            ("Unlock from the watch", 1), ("Offer the map without satellite pictures on slow networks", 0),
            ("Remember the last three destinations", 0), ("Export one's rides as a spreadsheet", 2),
            ("Quiet hours for notifications", 3), ("Tell riders about closed bridges", 0),
            ("Report a flat tyre with a photo", 1),
            ("Sign in with a passkey", 2), ("Show calories only to those who ask for them", 2),
            ("Warn of black ice in the morning", 3), ("Vibrate when the lock has closed", 1),
            ("Add Norwegian and Polish", 2),
        ],
        questions: [
            "A rider cannot find the return button", "How do we explain the pause mode?",
            "A rider sees somebody else's ride",
            "Which phones are too old for 4.2?", "A rider was asked for a new password",
            "Screenshots for the help pages",
        ],
        pages: DemoPages.app, news: DemoPages.appNews, topics: DemoPages.appTopics)

    static let payments = DemoProject(
        identifier: "payments", name: "Payments", description: "Fares, subscriptions, invoices and refunds.",
        department: "Product", parent: "rider-app",
        members: [("jarek", "Manager"), ("sunniva", "Developer"), ("nives", "Reporter")],
        categories: [("Fares", "sunniva"), ("Invoices", "sunniva"), ("Cards and wallets", "jarek")],
        versions: [
            .init(name: "Fares 2", description: "Prices by minute", dueInDays: -40),
            .init(name: "Fares 3", description: "Prices by zone", dueInDays: 60),
        ],
        issueCount: 48,
        things: [
            ("The fare of a night ride", 0), ("The day pass", 0), ("The student discount", 0),
            ("The monthly invoice", 1),
            ("The refund form", 1), ("The invoice address", 1), ("The card form", 2), ("The wallet button", 2),
        ],
        symptoms: [
            "is counted twice", "is rounded up", "is missing", "arrives a day late", "shows the wrong currency",
            "is refused without a reason", "cannot be corrected", "loses the house number",
        ],
        occasions: [
            "for rides across midnight", "when the clock changes", "for company accounts", "after a change of card",
            "for rides of less than a minute", "in the second month", "with a voucher",
        ],
        wishes: [
            ("Pause a subscription in winter", 0), ("Invoices for companies, one a quarter", 1),
            ("Refund by one click", 1),
            ("Show the price before the ride", 0), ("Split a fare between two riders", 0), ("Pay by bank transfer", 2),
            ("Vouchers for new riders", 0), ("A test card for the field crew", 2),
        ],
        questions: [
            "A rider wants a refund for a broken bicycle", "The bank asks for our new address",
            "Invoice for the city council",
            "A card is refused since Monday",
        ])
}
