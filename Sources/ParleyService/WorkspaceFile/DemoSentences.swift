/// What people of the demonstration write.
enum DemoSentences {
    static let labels = ["regression", "quick-win", "accessibility", "winter", "hardware", "needs-data"]
    static let districts = [
        "harbour", "old town", "university", "north gate", "fairground", "west park", "station square", "market hall",
        "lakeside", "hospital", "museum mile", "garden city",
    ]
    static let sightings = [
        "Seen by the early shift:", "A rider wrote to us:", "Found while testing the release:", "Reported by phone:",
        "We see it in the numbers:", "Noticed at the market:",
    ]
    static let steps = [
        "Start with a fresh account.", "Go to any station of the inner city.", "Wait until the light is green.",
        "Switch the network off and on.", "Take a bicycle and bring it back at once.", "Open the page a second time.",
        "Use the account of a company.", "Leave it alone for ten minutes.",
    ]
    static let expectations = [
        "It should do what the help page says.", "Nothing is lost, but riders lose trust.",
        "It used to work in spring.",
        "A restart helps for an hour or so.", "We tell riders to try again, which mostly works.",
        "Screenshots are with the shift leader, ask if you need them.",
    ]
    static let reasons = [
        "Customer care is asked for this several times a day.", "The council would like it before the summer.",
        "It came up in nine of twelve interviews.", "Other cities have it, and riders who move here miss it.",
        "It would save the crews about an hour a day.", "It makes bad weather less of a surprise.",
    ]
    static let conditions = [
        "it works on the two oldest phones that we support", "it can be used with one hand",
        "customer care knows how to explain it",
        "the help page tells of it", "it can be switched off for one city",
    ]
    static let measures = [
        "calls about it fall by half", "one ride in twenty uses it after a month", "no ride takes longer than before",
        "the field crew has agreed", "the numbers are in the weekly report",
    ]
    static let requests = [
        "Asked at the counter this morning, and I promised an answer by tomorrow.",
        "The same question for the third time this month.",
        "I could not find it in the wiki.", "The rider is patient, but it is a good customer.",
        "Please tell me whom to ask if it is not you.",
    ]
    static let regards = [
        "Thanks in advance!", "No hurry.", "Best before the weekend.", "I am at the desk until four.",
    ]
    static let questions = [
        "Which version was that?", "Does it happen on the test stations as well?",
        "Is there a time when it certainly happens?",
        "How many riders does this concern?", "Could you send the log of that morning?", "Is it the same as last year?",
    ]
    static let answers = [
        "Only with the newest one, as far as I can tell.", "Yes, I have just tried.", "About thirty, all in the east.",
        "The log is in the usual folder.", "No, last year it was the other way round.",
        "Mostly before eight in the morning.",
    ]
    static let starts = [
        "I am on it.", "I can see it here as well.", "Taking this together with the other one.",
        "I begin with a test that fails.", "Looking at the numbers of last week first.",
    ]
    static let handovers = [
        "You know this part better than I do.", "I am away from tomorrow, could you finish it?",
        "My half is done; the rest is on your side.", "Handing over, notes are in the wiki.",
    ]
    static let internals = [
        "Between us: the supplier knew of this.", "Not for riders: two bicycles are still missing.",
        "The contract says they have to replace it. I have written to them.", "Please do not promise a date yet.",
    ]
    static let works = [
        "Found the cause", "Fix and tests", "Review", "Tried it at three stations", "Measured again",
        "Call with the supplier",
        "Sketches", "Cleaned up",
    ]
    static let resolutions = [
        "Fixed; it will be in the next release.", "The cause was a timeout that was far too short. Fixed.",
        "Done, and there is a test for it now.", "Replaced the part, please keep an eye on it.",
        "Works on all stations of the test route.", "Solved by a setting; I have noted it in the wiki.",
    ]
    static let reopenings = [
        "It still happens on Sundays.", "Better, but not gone.", "Works for me, but not for the rider who asked.",
        "There is a second place with the same fault.",
    ]
    static let secondResolutions = [
        "You were right, there was a second cause. Fixed as well.", "Now tested on a Sunday too.",
        "Second place found and fixed.",
    ]
    static let thanks = [
        "Confirmed, thank you!", "Works. Thanks!", "No complaints for a week, closing.", "Seen at the harbour: fine.",
    ]
    static let rejections = [
        "We have talked about it and decided against it.", "This is how the law wants it.",
        "The terminals are going away anyway.",
        "Not our part; I have told the supplier.", "Cannot be seen any more. Please open it again if it comes back.",
    ]
}
