import ParleyModel

/// Wiki pages, news and forum topics of the demonstration.
enum DemoPages {
    typealias PageText = (title: String, parent: String?, text: String)
    typealias NewsText = (title: String, summary: String, text: String)
    typealias TopicText = (subject: String, posts: [String])

    static let app: [PageText] = [
        (
            "Wiki", nil,
            """
            # Rider app

            What the app does, how it is made and who decides.

            - [[Releases]]: what comes when
            - [[Supported phones]]
            - [[Words we use]]
            """
        ),
        (
            "Releases", "Wiki",
            """
            # Releases

            A release leaves on a Tuesday, never in the week of a holiday.

            1. Everything for it is resolved by Thursday.
            2. Customer care reads the notes on Friday.
            3. One rider in ten gets it on Tuesday, all others on Thursday.
            """
        ),
        (
            "Supported phones", "Wiki",
            """
            # Supported phones

            The systems of the last five years. Older ones show the map and the help page, but cannot unlock.
            """
        ),
        (
            "Words we use", "Wiki",
            """
            # Words we use

            | we say | we do not say |
            | --- | --- |
            | bicycle | unit, asset |
            | rider | user, customer |
            | station | node |
            """
        ),
    ]
    static let appNews: [NewsText] = [
        (
            "The new map is here", "Faster, and it knows bridges",
            "Version **4.0** draws the map on the phone itself. It needs a third of the data and knows closed bridges."
        ),
        (
            "Group rides begin as a trial", "Up to four bicycles with one account",
            "From next week one in ten riders can take up to *four* bicycles. Tell us what your friends say."
        ),
        (
            "Thank you for two thousand answers", "What you wish for the winter",
            "Most of you want to know about ice before the ride. We are working on it."
        ),
    ]
    static let appTopics: [TopicText] = [
        (
            "How do you read the station list?",
            [
                "I always sort by distance and then wonder why the nearest station is across the river.",
                "Sort by walking time, it is the second button.", "I had never seen that button. Thank you!",
            ]
        ),
        (
            "Names for the winter release",
            [
                "Every release needs a name for the poster. Ideas?", "Snowflake?", "Too cold. What about Lantern?",
                "Lantern it is.",
            ]
        ),
    ]

    static let stations: [PageText] = [
        (
            "Wiki", nil,
            """
            # Docking stations

            - [[Station codes]]
            - [[Winter checklist]]
            - [[Firmware updates]]
            """
        ),
        (
            "Station codes", "Wiki",
            """
            # Station codes

            Three letters for the district and a number: `HAR-101` is the first one at the harbour.
            Numbers are not used again when a station is given up.
            """
        ),
        (
            "Winter checklist", "Wiki",
            """
            # Winter checklist

            - grease the bolts
            - shorten the display time
            - swap batteries older than four years
            - test the emergency release with gloves on
            """
        ),
        (
            "Firmware updates", "Wiki",
            """
            # Firmware updates

            Never more than one dock of a station at a time. A dock that does not answer for ten
            minutes goes back by itself.
            """
        ),
    ]
    static let stationNews: [NewsText] = [
        (
            "Twelve new stations in the north", "Open from Monday",
            "The north gate and the garden city have twelve stations more. All of them run on sunlight alone."
        ),
        (
            "Firmware 7 is everywhere", "The last dock was updated on Friday",
            "It took six weeks and not one dock had to be opened. Thanks to the field crew for the early mornings."
        ),
    ]
    static let stationTopics: [TopicText] = [
        (
            "Frozen bolts: what helps?",
            [
                "We had nine frozen bolts this week. Warm water works, but not for long.",
                "The new grease is good down to minus fifteen.", "Where do I get it?", "Depot east, second shelf.",
            ]
        ),
        (
            "A blackbird lives in HAR-104",
            [
                "There is a nest behind the solar panel. I suggest that we leave it until July.",
                "Agreed, and please mark it on the plan.",
            ]
        ),
    ]

    static let fleet: [PageText] = [
        ("Wiki", nil, "# Fleet\n\n- [[Shifts]]\n- [[Workshop rules]]"),
        (
            "Shifts", "Wiki",
            """
            # Shifts

            | shift | begins | vans |
            | --- | --- | --- |
            | early | 05:30 | 4 |
            | day | 09:00 | 2 |
            | late | 15:00 | 3 |
            """
        ),
        (
            "Workshop rules", "Wiki",
            """
            # Workshop rules

            Every bicycle that leaves has had its brakes, its light and its bell tried. Who signs the label has
            ridden it.
            """
        ),
    ]
    static let fleetTopics: [TopicText] = [
        (
            "Vans on the day of the marathon",
            [
                "The inner ring is closed until two. Shall we fill the stations the evening before?",
                "Yes, and leave the harbour empty: everybody rides there.",
            ]
        ),
        (
            "Lost and found, once more",
            [
                "This week: two helmets, a cello, one shoe.", "The cello has been fetched. The shoe has not.",
                "It is a very good shoe.",
            ]
        ),
    ]
}

extension DemoMaker {
    mutating func pages(of project: DemoProject) -> [FileNode] {
        let authors = project.members.filter { $0.1 != "Reporter" && $0.0 != "former" }.map(\.0)
        return project.pages.map { page in
            .demo([
                ("title", .demo(page.title)), ("parent", page.parent.map { .demo($0) }),
                ("author", .demo(random.pick(authors))),
                ("text", .demo(page.text)), ("created", .demo(workingTime(daysAgo: Int64(random.within(30...220))))),
            ])
        }
    }

    mutating func news(of project: DemoProject) -> [FileNode] {
        let author = project.members.first?.0 ?? DemoWorkspace.visitor
        let readers = project.members.map(\.0).filter { $0 != "former" }
        let count = Int64(project.news.count)
        return project.news.enumerated().map { index, news in
            let time = workingTime(daysAgo: 12 + (count - Int64(index) - 1) * 60 + Int64(random.below(20)))
            var comments: [FileNode] = []
            if let after = later(than: time, days: 3), random.chance(70) {
                let words = random.pick([
                    "Good news!", "About time.", "My mother has noticed it already.", "Well done, all of you.",
                ])
                comments.append(
                    .demo([
                        ("author", .demo(random.pick(readers))), ("text", .demo(words)), ("created", .demo(after)),
                    ]))
            }
            return .demo([
                ("title", .demo(news.title)), ("summary", .demo(news.summary)), ("text", .demo(news.text)),
                ("author", .demo(author)), ("created", .demo(time)), ("comments", .demo(list: comments)),
            ])
        }
    }

    mutating func forums(of project: DemoProject) -> [FileNode] {
        let people = project.members.map(\.0).filter { $0 != "former" } + ["dexter", "nives"]
        let topics = project.topics.map { topic -> FileNode in
            var time = workingTime(daysAgo: Int64(random.within(10...200)))
            let speakers = random.shuffled(people)
            let posts = topic.posts.enumerated().map { index, text -> FileNode in
                if index > 0 { time = later(than: time, days: 2) ?? time.adding(seconds: 60) }
                return .demo([
                    ("author", .demo(speakers[index % 2])), ("text", .demo(text)), ("created", .demo(time)),
                    ("replyTo", index > 0 ? .demo(index - 1) : nil),
                ])
            }
            return .demo([("subject", .demo(topic.subject)), ("posts", .demo(list: posts))])
        }
        return [
            .demo([
                ("shortName", .demo("talk")), ("name", .demo("Talk")),
                ("description", .demo("Everything that is no issue.")),
                ("topics", .demo(list: topics)),
            ])
        ]
    }
}
