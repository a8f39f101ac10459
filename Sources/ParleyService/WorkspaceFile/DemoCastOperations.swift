extension DemoCast {
    static let stations = DemoProject(
        identifier: "stations", name: "Docking stations", description: "Hardware and firmware of docks and terminals.",
        department: "Operations",
        members: [
            ("leonor", "Manager"), ("kenji", "Developer"), ("mirela", "Developer"), ("hanno", "Reporter"),
            ("demo", "Reporter"),
        ],
        groups: [("Field crew", "Reporter")],
        categories: [("Firmware", "kenji"), ("Locks", "kenji"), ("Power", "leonor"), ("Network", nil)],
        versions: [
            .init(name: "Firmware 7", description: "Safer updates", dueInDays: -120),
            .init(name: "Firmware 8", description: "Cold weather", dueInDays: 25),
            .init(name: "Dock mark III", description: "The next dock", dueInDays: 200),
        ],
        issueCount: 72,
        things: [
            ("The update loader", 0), ("The watchdog", 0), ("The self-test", 0), ("The lock bolt", 1),
            ("The lock sensor", 1),
            ("The emergency release", 1), ("The solar panel", 2), ("The buffer battery", 2),
            ("The charger of dock 4", 2),
            ("The modem", 3), ("The clock", 3), ("The event log", 3),
        ],
        symptoms: [
            "restarts without a reason", "reports a fault that is not there", "needs three attempts", "stays silent",
            "draws too much current", "does not wake up", "drifts by minutes", "fills its memory", "sticks",
            "loses its settings",
        ],
        occasions: [
            "below minus five degrees", "after heavy rain", "when all docks are full", "during an update",
            "after a power failure", "in direct sun", "with the new modem", "once a week", "at stations on a slope",
        ],
        wishes: [
            ("Update docks one after the other", 0), ("Measure the bolt's current and warn early", 1),
            ("Switch off the display at night", 2), ("Keep the log for a month", 3),
            ("Fall back to the second network", 3),
            ("Count how often each lock is used", 1), ("Heat the bolt in frost", 1),
            ("Show the station's code on the dock", 0),
            ("A service mode that ends by itself", 0), ("Report the battery's age", 2),
        ],
        questions: [
            "Which key opens the new cabinet?", "Spare bolts for the harbour stations", "Who has the ladder?",
            "A neighbour complains about the beeping", "The display shows a foreign language",
        ],
        pages: DemoPages.stations, news: DemoPages.stationNews, topics: DemoPages.stationTopics)

    static let fleet = DemoProject(
        identifier: "fleet", name: "Fleet", description: "Where bicycles are, what they need, and who brings it.",
        department: "Operations",
        members: [
            ("leonor", "Manager"), ("sunniva", "Developer"), ("hanno", "Developer"), ("pilar", "Developer"),
            ("dexter", "Reporter"), ("demo", "Developer"), ("former", "Developer"),
        ],
        groups: [("Field crew", "Reporter"), ("Customer care", "Reporter")],
        categories: [("Rebalancing", "sunniva"), ("Workshop", "hanno"), ("Tracking", "pilar")],
        versions: [
            .init(name: "Spring", description: "All bicycles checked", dueInDays: -170),
            .init(name: "Autumn", description: "Lights and brakes", dueInDays: -20),
            .init(name: "Winter", description: "Half the fleet stored", dueInDays: 50),
        ],
        issueCount: 84,
        things: [
            ("The van plan", 0), ("The morning forecast", 0), ("The count at the main station", 0),
            ("The brake check", 1),
            ("The spare part list", 1), ("The repair label", 1), ("The tracker", 2), ("The theft alarm", 2),
            ("The daily report", 2),
        ],
        symptoms: [
            "forgets the islands", "counts stored bicycles", "is an hour late", "names the wrong depot",
            "cannot be printed",
            "shows bicycles in the river", "doubles entries", "stops at one hundred rows", "mixes up frame numbers",
        ],
        occasions: [
            "on Sundays", "on the day of the marathon", "after a holiday", "for cargo bicycles",
            "when a van is off the road",
            "for the eastern depot", "since the last update", "when two crews meet", "for bicycles without a lock",
        ],
        wishes: [
            ("Plan vans by the weather", 0), ("A list of bicycles that nobody took for a week", 2),
            ("Scan frame numbers in the workshop", 1), ("Order brake pads before they run out", 1),
            ("Mark stolen bicycles on the map of the crew", 2), ("Compare planned and driven routes", 0),
            ("Hand a repair to another workshop", 1), ("A weekly page for the council", 2),
            ("Lend trailers for markets", 0),
            ("Paint the tandems", 1),
        ],
        questions: [
            "Who drives on Saturday?", "Twelve bicycles stand at the swimming pool",
            "A rider found a bicycle in the wood",
            "The press wants to photograph the workshop", "How many bicycles have new lights?",
        ],
        pages: DemoPages.fleet, topics: DemoPages.fleetTopics)

    static let audit = DemoProject(
        identifier: "security-review", name: "Security review",
        description: "Findings that are not for everybody's eyes.",
        department: "Product", isPublic: false,
        members: [("ines", "Manager"), ("kenji", "Developer"), ("jarek", "Developer"), ("demo", "Reporter")],
        types: ["Bug", "Feature"],
        categories: [("Accounts", "jarek"), ("Stations", "kenji")],
        versions: [.init(name: "Review of the year", description: "What the reviewers found", dueInDays: 30)],
        issueCount: 18,
        things: [
            ("The session cookie", 0), ("The reset link", 0), ("The support console", 0), ("The service port", 1),
            ("The firmware signature", 1), ("The maintenance key", 1),
        ],
        symptoms: ["lives too long", "is written to the log", "can be guessed", "is not checked", "is shared by all"],
        occasions: [
            "after signing out", "on old devices", "in the test network", "for former colleagues", "in error pages",
        ],
        wishes: [
            ("Keys of former colleagues end at once", 0), ("Two people for a change of prices", 0),
            ("Docks refuse old firmware", 1), ("A drill for a lost key", 1),
        ],
        questions: [])

    static let kiosk = DemoProject(
        identifier: "kiosk", name: "Kiosk terminals",
        description: "Terminals at the stations; given up in favour of the app.",
        department: "Customer care", isClosed: true,
        members: [("leonor", "Manager"), ("former", "Developer"), ("nives", "Reporter")], types: ["Bug", "Support"],
        categories: [("Screen", nil), ("Printer", nil)],
        versions: [.init(name: "2.9", description: "The last one", dueInDays: -190)],
        issueCount: 16,
        things: [("The touch screen", 0), ("The keyboard", 0), ("The receipt", 1), ("The paper roll", 1)],
        symptoms: ["does not react", "is wet", "is too dark", "tears"],
        occasions: ["in the rain", "with gloves", "at night", "at the museum"],
        wishes: [], questions: ["Where do the old terminals go?", "A rider has lost a receipt"])
}
