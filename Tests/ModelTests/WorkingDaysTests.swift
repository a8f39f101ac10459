import ParleyModel
import Testing

/// Days of work, held against counting one by one.
@Suite("days of work")
struct WorkingDaysTests {
    private let monday = CivilDate(daysSince1970: 4)

    @Test("weekends are no days of work")
    func weekends() {
        #expect(WorkingDays.contains(monday))
        #expect(!WorkingDays.contains(monday.adding(days: 5)))
        #expect(WorkingDays.onOrAfter(monday.adding(days: 5)) == monday.adding(days: 7))
        #expect(WorkingDays.onOrAfter(monday.adding(days: 4)) == monday.adding(days: 4))
    }

    @Test("days are counted and added as one by one")
    func oneByOne() {
        for first in 0..<7 {
            let start = monday.adding(days: Int64(first))
            for length in 0..<30 {
                let end = start.adding(days: Int64(length))
                let counted = (0..<length).count { WorkingDays.contains(start.adding(days: Int64($0))) }
                #expect(WorkingDays.count(from: start, to: end) == Int64(counted))
                #expect(WorkingDays.count(from: end, to: start) == 0)
                guard WorkingDays.contains(start), length > 0 else { continue }
                let later = WorkingDays.adding(Int64(length), to: start)
                #expect(WorkingDays.contains(later))
                #expect(WorkingDays.count(from: start, to: later) == Int64(length))
            }
        }
    }

    @Test("no days and fewer leave a date, and very many end with the calendar")
    func bounds() {
        #expect(WorkingDays.adding(0, to: monday.adding(days: 5)) == monday.adding(days: 5))
        #expect(WorkingDays.adding(-9, to: monday) == monday)
        #expect(WorkingDays.adding(.max, to: monday) == .latest)
    }
}
