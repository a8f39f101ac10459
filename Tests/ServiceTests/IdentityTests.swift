import ParleyModel
import Testing

@testable import ParleyService

@Suite struct PasswordHashTests {
    @Test("a hash survives its text and fits its password only")
    func roundTrip() throws {
        let hash = try PasswordHash(password: "Geheim", cost: .standard, salt: Array(1...16))
        #expect(hash.text.hasPrefix("scrypt$16384$8$1$AQIDBAUGBwgJCgsMDQ4PEA==$"))
        let read = try #require(PasswordHash(text: hash.text))
        #expect(read.text == hash.text)
        #expect(read.matches("Geheim"))
        #expect(!read.matches("geheim"))
        #expect(!"\(hash)".contains("$"))
    }

    @Test(
        "passwords are taken octet for octet",
        arguments: [
            ("", "\0"), ("a", "a\0"), ("\u{E9}", "e\u{301}"), (String(repeating: "x", count: 4096), "x"),
            ("a\0b", "a\0c"), (" a", "a"),
        ])
    func exact(password: String, other: String) throws {
        let hash = try PasswordHash(password: password, cost: cheapPasswords, salt: Array(1...16))
        #expect(hash.matches(password))
        #expect(!hash.matches(other))
    }

    @Test("a password longer than 4096 octets never fits")
    func tooLong() throws {
        let long = String(repeating: "x", count: 4097)
        #expect(try !PasswordHash(password: long, cost: cheapPasswords, salt: Array(1...16)).matches(long))
    }

    @Test(
        "what is no hash, or costs too much, is not read",
        arguments: [
            "", "scrypt", "scrypt$16384$8$1$$", "scrypt$16383$8$1$AQIDBAUGBwgJCgsMDQ4PEA==$AQIDBAUGBwgJCgsMDQ4PEA==",
            "scrypt$1048576$64$16$AQIDBAUGBwgJCgsMDQ4PEA==$AQIDBAUGBwgJCgsMDQ4PEA==",
            "scrypt$99999999999999999999$8$1$AQIDBAUGBwgJCgsMDQ4PEA==$AQIDBAUGBwgJCgsMDQ4PEA==",
            "bcrypt$16384$8$1$AQIDBAUGBwgJCgsMDQ4PEA==$AQIDBAUGBwgJCgsMDQ4PEA==",
            "scrypt$16384$8$1$AQIDBAUGBwgJCgsMDQ4PEA==$AQIDBAUGBwgJCgsMDQ4PEA==$",
        ])
    func unreadable(text: String) { #expect(PasswordHash(text: text) == nil) }
}

@Suite struct SealingTests {
    private let identity = Identity(
        secretKey: testSecretKey, environment: HeldClock().environment, cost: cheapPasswords)

    @Test("a sealed secret opens for its own row only")
    func sealing() throws {
        let lookup = identity.lookup(.key, "k")
        let user = PrincipalID(4101)
        let secret = try identity.seal("k", lookup: lookup, of: user)
        var credential = Credential(
            id: CredentialID(1), user: user, kind: .key, lookup: lookup.octets, secret: secret,
            created: Instant(seconds: 0))
        #expect(identity.plain(credential) == "k")
        credential.user = PrincipalID(4102)
        #expect(identity.plain(credential) == nil)
        credential.user = user
        credential.secret[0] ^= 1
        #expect(identity.plain(credential) == nil)
        credential.secret = [1, 2, 3]
        #expect(identity.plain(credential) == nil)
        credential.secret = []
        #expect(identity.plain(credential) == nil)
    }

    @Test("a key's lookup hash depends on kind and text, and on nothing of the process")
    func lookups() {
        let again = Identity(secretKey: testSecretKey, environment: HeldClock().environment, cost: cheapPasswords)
        #expect(identity.lookup(.key, "k") == again.lookup(.key, "k"))
        #expect(identity.lookup(.key, "k") != identity.lookup(.token, "k"))
        #expect(identity.lookup(.key, "k") != identity.lookup(.key, "K"))
        #expect(identity.memoryDigest(login: "a", password: "bc") != identity.memoryDigest(login: "ab", password: "c"))
        #expect(identity.memoryDigest(login: "a", password: "b") != again.memoryDigest(login: "a", password: "b"))
        #expect(identity.lookup(.key, "k").octets.count == 32)
    }

    @Test("a new key is 40 hexadecimal digits")
    func newKeys() {
        let keys = Set((0..<50).map { _ in identity.newKey() })
        #expect(keys.count == 50)
        #expect(keys.allSatisfy { $0.count == 40 && $0.allSatisfy { $0.isHexDigit && !$0.isUppercase } })
    }

    @Test("octets are equal as a whole or not at all")
    func constantTime() {
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal([1, 2], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 3]))
        #expect(!ConstantTime.equal([1, 2], [1]))
    }
}

@Suite struct RecentTableTests {
    @Test("a full table forgets what was not used for the longest time")
    func eviction() {
        var table = RecentTable<Int, String>(capacity: 2)
        table.set(1, "a")
        table.set(2, "b")
        #expect(table.use(1) == "a")
        table.set(3, "c")
        #expect(table.peek(2) == nil)
        #expect(table.peek(1) == "a")
        #expect(table.peek(3) == "c")
    }

    @Test("it behaves like a list in order of use")
    func againstList() {
        var generator = SystemRandomNumberGenerator()
        var table = RecentTable<Int, Int>(capacity: 7)
        var list: [(Int, Int)] = []
        for step in 0..<20_000 {
            let key = Int.random(in: 0..<12, using: &generator)
            let known = list.firstIndex { $0.0 == key }
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                table.set(key, step)
                if let known { list.remove(at: known) } else if list.count == 7 { list.removeLast() }
                list.insert((key, step), at: 0)
            case 1:
                #expect(table.use(key) == known.map { list[$0].1 })
                if let known { list.insert(list.remove(at: known), at: 0) }
            default:
                table.remove(key)
                if let known { list.remove(at: known) }
            }
            #expect(table.count == list.count)
        }
        for (key, value) in list { #expect(table.peek(key) == value) }
    }
}

@Suite struct AttemptLimiterTests {
    private let start = Instant(seconds: 1_700_000_000)
    private let account = AttemptLimiter.account("ann")
    private let home = AttemptLimiter.address("192.0.2.1")
    private let elsewhere = AttemptLimiter.address("192.0.2.2")

    /// One wrong try.
    /// - Returns: until when it was refused, or nil.
    private func fail(_ limiter: inout AttemptLimiter, from address: UInt64, at now: Instant) -> Instant? {
        if let until = limiter.begin(account: account, address: address, at: now) { return until }
        limiter.failed(account: account, address: address, at: now)
        return nil
    }

    @Test("ten failures lock an account, from wherever, and each further one doubles the wait up to ten minutes")
    func growingWaits() {
        var limiter = AttemptLimiter(Identity.Limits())
        for count in 0..<10 { #expect(fail(&limiter, from: count < 5 ? home : elsewhere, at: start) == nil) }
        var now = start
        for wait: Int64 in [30, 60, 120, 240, 480, 600, 600] {
            let end = now.adding(seconds: wait)
            #expect(limiter.refusal(account: account, address: home, at: now) == end)
            #expect(fail(&limiter, from: home, at: end.adding(seconds: -1)) == end)
            #expect(limiter.refusal(account: AttemptLimiter.account("bob"), address: home, at: now) == nil)
            #expect(fail(&limiter, from: home, at: end) == nil)
            now = end
        }
    }

    @Test("failures run out with time, and the growth of waits with them")
    func running() {
        var limiter = AttemptLimiter(Identity.Limits())
        for _ in 0..<9 { #expect(fail(&limiter, from: home, at: start) == nil) }
        let half = start.adding(seconds: 300)
        #expect(limiter.refusal(account: account, address: home, at: half) == nil)
        #expect(abs(limiter.level(account: account) - 4) < 0.01)
        for _ in 0..<6 { #expect(fail(&limiter, from: home, at: half) == nil) }
        #expect(limiter.refusal(account: account, address: home, at: half) == half.adding(seconds: 30))
        let later = half.adding(seconds: 700)
        #expect(limiter.refusal(account: account, address: home, at: later) == nil)
        #expect(limiter.level(account: account) == 0)
        for _ in 0..<10 { #expect(fail(&limiter, from: home, at: later) == nil) }
        #expect(limiter.refusal(account: account, address: home, at: later) == later.adding(seconds: 30))
    }

    @Test("a user's success wipes out their own slips, but not what came from elsewhere, and nothing of the address")
    func success() {
        var limiter = AttemptLimiter(Identity.Limits())
        for _ in 0..<5 { #expect(fail(&limiter, from: home, at: start) == nil) }
        #expect(limiter.begin(account: account, address: elsewhere, at: start) == nil)
        limiter.succeeded(account: account, address: elsewhere)
        #expect(limiter.level(account: account) == 5)
        limiter.recognised(account: account, address: elsewhere)
        #expect(limiter.level(account: account) == 5)
        limiter.recognised(account: account, address: home)
        #expect(limiter.level(account: account) == 5, "a try from elsewhere was on its way")

        var other = AttemptLimiter(Identity.Limits())
        for _ in 0..<5 { #expect(fail(&other, from: home, at: start) == nil) }
        #expect(other.begin(account: account, address: home, at: start) == nil)
        other.succeeded(account: account, address: home)
        #expect(other.level(account: account) == 0)
        #expect(other.level(address: home) == 5)
    }

    @Test("tries made at one time are counted before they are looked at")
    func concurrent() {
        var limiter = AttemptLimiter(Identity.Limits())
        for _ in 0..<10 { #expect(limiter.begin(account: account, address: home, at: start) == nil) }
        #expect(limiter.begin(account: account, address: home, at: start) == start.adding(seconds: 1))
        for _ in 0..<10 { limiter.abandoned(account: account, address: home) }
        #expect(limiter.begin(account: account, address: home, at: start) == nil)
    }

    @Test("an address is locked after a hundred failures, keys and accounts together")
    func addresses() {
        var limiter = AttemptLimiter(Identity.Limits())
        for number in 0..<50 {
            limiter.failed(address: home, at: start)
            let account = AttemptLimiter.account("user\(number)")
            #expect(limiter.begin(account: account, address: home, at: start) == nil)
            limiter.failed(account: account, address: home, at: start)
        }
        #expect(limiter.refusal(account: nil, address: home, at: start) == start.adding(seconds: 30))
        #expect(limiter.refusal(account: nil, address: elsewhere, at: start) == nil)
    }

    @Test("a clock that was set back prolongs no wait beyond the longest")
    func clockSetBack() {
        var limiter = AttemptLimiter(Identity.Limits())
        for _ in 0..<10 { #expect(fail(&limiter, from: home, at: start) == nil) }
        let before = start.adding(seconds: -1_000_000)
        #expect(limiter.refusal(account: account, address: home, at: before) == before.adding(seconds: 600))
    }

    @Test("no limit at all where it is 0")
    func unlimited() {
        var limits = Identity.Limits()
        limits.accountFailures = 0
        limits.addressFailures = 0
        var limiter = AttemptLimiter(limits)
        for _ in 0..<1000 { #expect(fail(&limiter, from: home, at: start) == nil) }
    }

    @Test(
        "an IPv6 network of 64 bits counts as one address",
        arguments: [
            ("2001:db8::1", "2001:db8::ffff:1", true), ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true), ("fe80::1%eth0", "fe80::2%eth0", true),
            ("192.0.2.1", "192.0.2.2", false), (":", ":", true), ("", "x", false),
        ])
    func networks(left: String, right: String, same: Bool) {
        #expect((AttemptLimiter.address(left) == AttemptLimiter.address(right)) == same)
    }
}

@Suite struct MemoryTests {
    private let identity = Identity(
        secretKey: testSecretKey, environment: HeldClock().environment, cost: cheapPasswords)
    private let start = Instant(seconds: 1_700_000_000)

    @Test("a remembered password is forgotten in time, and not remembered while it is being changed")
    func passwords() {
        var memory = PasswordMemory(capacity: 10)
        let digest = identity.memoryDigest(login: "a", password: "b")
        let entry = PasswordMemory.Entry(
            user: PrincipalID(4101), passwordChanged: start, until: start.adding(seconds: 300))
        memory.remember(digest, entry, at: start)
        #expect(memory.entry(digest, at: start.adding(seconds: 299)) == entry)
        #expect(memory.entry(digest, at: start.adding(seconds: 300)) == nil)
        memory.remember(digest, entry, at: start)
        memory.forget(entry.user, changed: start, at: start)
        #expect(memory.entry(digest, at: start) == nil)
        memory.remember(digest, entry, at: start.adding(seconds: 59))
        #expect(memory.entry(digest, at: start) == nil, "the old password, while the change is on its way")
        var changed = entry
        changed.passwordChanged = start.adding(seconds: 1)
        memory.remember(digest, changed, at: start)
        #expect(memory.entry(digest, at: start) == changed)
        memory.remember(digest, entry, at: start.adding(seconds: 60))
        #expect(memory.entry(digest, at: start) == entry)
    }

    @Test("a remembered key holds for one generation of the catalog and until it expires")
    func keys() {
        var memory = KeyMemory(capacity: 10)
        let digest = identity.lookup(.key, "k")
        let entry = KeyMemory.Entry(
            credential: CredentialID(1), user: PrincipalID(4101), expires: start.adding(seconds: 10), generation: 7,
            until: start.adding(seconds: 300))
        memory.remember(digest, entry)
        #expect(memory.entry(digest, generation: 7, at: start.adding(seconds: 9)) == entry)
        #expect(memory.entry(digest, generation: 7, at: start.adding(seconds: 10)) == nil)
        memory.remember(digest, entry)
        #expect(memory.entry(digest, generation: 8, at: start) == nil)
        #expect(memory.entry(digest, generation: 7, at: start) == nil)
    }
}
