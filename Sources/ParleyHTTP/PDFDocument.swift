import CHaru
import Glibc

/// A stretch of text in one face.
public struct PDFRun: Sendable, Equatable {
    public var text: String
    public var isBold: Bool
    public var isSlanted: Bool
    /// All letters as wide as each other.
    public var isFixed: Bool

    public init(_ text: String, bold: Bool = false, slanted: Bool = false, fixed: Bool = false) {
        self.text = text
        isBold = bold
        isSlanted = slanted
        isFixed = fixed
    }
}

/// The library could not write the document.
public struct PDFFault: Error, Equatable {
    /// The library's own number.
    public let code: UInt
}

/// Sets text and tables on pages, one after the other from top to bottom (libharu). With the DejaVu fonts on the
/// machine every letter that they have is shown, without them those of western Europe; what no font has is `?` or an
/// empty box. A document belongs to one thread.
public final class PDFDocument {
    /// Pages that one document may have.
    public static let pageLimit = 1000

    let document: HPDF_Doc
    private(set) var pages: [HPDF_Page] = []
    private let isWide: Bool
    private var fonts: [PDFFonts.Face: HPDF_Font] = [:]
    private let converter: TextEncoder?
    /// Where the next line goes, in points from below.
    private(set) var height: Float = 0

    static let margin: Float = 40
    private static let short: Float = 595.28
    private static let long: Float = 841.89

    /// - Parameter wide: turned, for tables.
    /// - Throws: `PDFFault`.
    public init(title: String, wide: Bool = false) throws {
        guard let made = HPDF_New(nil, nil) else { throw PDFFault(code: 0) }
        document = made
        isWide = wide
        converter = PDFFonts.directory == nil ? TextEncoder("CP1252") : nil
        HPDF_SetCompressionMode(document, HPDF_UINT(HPDF_COMP_ALL))
        if converter == nil {
            HPDF_UseUTFEncodings(document)
            HPDF_SetCurrentEncoder(document, "UTF-8")
        }
        HPDF_SetInfoAttr(document, HPDF_INFO_TITLE, octets(title))
        try addPage()
    }

    deinit {
        HPDF_Free(document)
    }

    var width: Float { isWide ? PDFDocument.long : PDFDocument.short }

    var isAtTop: Bool { height >= (isWide ? PDFDocument.short : PDFDocument.long) - PDFDocument.margin }

    var page: HPDF_Page? { pages.last }

    /// Begins another page.
    /// - Throws: `ListingTooLarge`, `PDFFault`.
    func addPage() throws {
        guard pages.count < PDFDocument.pageLimit else { throw ListingTooLarge() }
        guard let page = HPDF_AddPage(document) else { throw fault }
        HPDF_Page_SetWidth(page, width)
        HPDF_Page_SetHeight(page, isWide ? PDFDocument.short : PDFDocument.long)
        HPDF_Page_SetLineWidth(page, 0.5)
        pages.append(page)
        height = (isWide ? PDFDocument.short : PDFDocument.long) - PDFDocument.margin
    }

    /// Goes on on another page where so many points are not left.
    func need(_ points: Float) throws {
        if height - points < PDFDocument.margin + 12, !isAtTop { try addPage() }
    }

    /// Leaves so many points free.
    func skip(_ points: Float) {
        if !isAtTop { height -= points }
    }

    /// Goes down so many points, wherever that is.
    func descend(_ points: Float) { height -= points }

    /// The octets of the file, with a line at the foot of each page: a text, and the page's number.
    /// - Throws: `PDFFault`.
    public func finish(foot: String) throws -> [UInt8] {
        for (place, page) in pages.enumerated() {
            let number = "\(place + 1)/\(pages.count)"
            draw(PDFRun(foot), size: 8, at: PDFDocument.margin, 24, on: page)
            let space = measure(PDFRun(number), size: 8)
            draw(PDFRun(number), size: 8, at: width - PDFDocument.margin - space, 24, on: page)
        }
        guard HPDF_SaveToStream(document) == 0 else { throw fault }
        var size = HPDF_GetStreamSize(document)
        var result = [UInt8](repeating: 0, count: Int(size))
        guard HPDF_ReadFromStream(document, &result, &size) == 0 || size > 0 else { throw fault }
        return Array(result.prefix(Int(size)))
    }

    private var fault: PDFFault { PDFFault(code: UInt(HPDF_GetError(document))) }

    // MARK: letters

    /// Octets for the library, with a zero at the end: without signs that control, and those beyond 16 bits.
    private func octets(_ text: String) -> [CChar] {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0: scalars.append(" ")
            case 0x10000...: scalars.append("?")
            case 0x200B...0x200F, 0xFE00...0xFE0F, 0xFEFF: continue
            default: scalars.append(scalar)
            }
        }
        let plain = Array(String(scalars).utf8)
        guard let converter else { return plain.map { CChar(bitPattern: $0) } + [0] }
        var written: [UInt8] = []
        converter.append(plain, to: &written)
        return written.map { CChar(bitPattern: $0) } + [0]
    }

    private func font(_ run: PDFRun) -> HPDF_Font? {
        let face = PDFFonts.Face(isBold: run.isBold, isFixed: run.isFixed)
        if let known = fonts[face] { return known }
        let made: HPDF_Font?
        if let directory = PDFFonts.directory {
            let name = HPDF_LoadTTFontFromFile(document, "\(directory)/\(face.file)", HPDF_BOOL(HPDF_TRUE))
            made = name.flatMap { HPDF_GetFont(document, $0, "UTF-8") }
        } else {
            made = HPDF_GetFont(document, face.builtin, "WinAnsiEncoding")
        }
        if let made { fonts[face] = made }
        return made
    }

    /// How wide a run is, in points.
    func measure(_ run: PDFRun, size: Float) -> Float {
        guard let font = font(run) else { return 0 }
        let octets = octets(run.text)
        let measured = octets.withUnsafeBytes { bytes in
            HPDF_Font_TextWidth(
                font, bytes.bindMemory(to: HPDF_BYTE.self).baseAddress, HPDF_UINT(max(0, octets.count - 1)))
        }
        return Float(measured.width) * size / 1000
    }

    /// Sets a run; its line begins at a place in points from the left and from below.
    func draw(_ run: PDFRun, size: Float, at x: Float, _ y: Float, on page: HPDF_Page? = nil) {
        guard let page = page ?? self.page, let font = font(run), !run.text.isEmpty else { return }
        HPDF_Page_BeginText(page)
        HPDF_Page_SetFontAndSize(page, font, size)
        HPDF_Page_SetTextMatrix(page, 1, 0, run.isSlanted ? 0.2 : 0, 1, x, y)
        HPDF_Page_ShowText(page, octets(run.text))
        HPDF_Page_EndText(page)
    }

    /// Draws a thin line across, at the present height.
    func line(from left: Float, to right: Float) {
        guard let page else { return }
        HPDF_Page_MoveTo(page, left, height)
        HPDF_Page_LineTo(page, right, height)
        HPDF_Page_Stroke(page)
    }
}

/// Where letters come from.
enum PDFFonts {
    struct Face: Hashable {
        var isBold: Bool
        var isFixed: Bool

        var file: String { "DejaVuSans\(isFixed ? "Mono" : "")\(isBold ? "-Bold" : "").ttf" }
        /// Of those that every reader of PDF has.
        var builtin: String { "\(isFixed ? "Courier" : "Helvetica")\(isBold ? "-Bold" : "")" }
    }

    /// The folder with the DejaVu fonts, as Debian, Fedora and Arch have it.
    static let directory: String? = [
        "/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/dejavu",
        "/usr/share/fonts/TTF",
    ].first { folder in
        [false, true].allSatisfy { isBold in
            [false, true].allSatisfy { isFixed in
                access("\(folder)/\(Face(isBold: isBold, isFixed: isFixed).file)", R_OK) == 0
            }
        }
    }
}
