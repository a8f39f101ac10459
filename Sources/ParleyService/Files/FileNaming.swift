import ParleyModel

/// What files are called. Names come from clients and are only ever shown: contents lie under their hash.
public enum FileNaming {
    /// Characters of a name, of a description and of a media type.
    public static let maximumLength = 255

    /// A name without a path: what follows the last slash or backslash, with an underscore for each run of characters
    /// that some system gives a meaning or nobody can see ("hostile names lose their path").
    public static func clean(_ name: String) -> String {
        var kept = String.UnicodeScalarView()
        var wasReplaced = false
        for scalar in name.unicodeScalars {
            if scalar == "/" || scalar == "\\" {
                kept.removeAll()
                wasReplaced = false
            } else if isTroublesome(scalar) {
                if !wasReplaced { kept.append("_") }
                wasReplaced = true
            } else {
                kept.append(scalar)
                wasReplaced = false
            }
        }
        let cleaned = String(kept)
        return cleaned == "." || cleaned == ".." ? "_" : cleaned
    }

    private static func isTroublesome(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "?", "%", "*", ":", "|", "\"", "'", "<", ">": true
        // Marks that turn the direction of writing make `exe` look like `txt`.
        case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{2028}", "\u{2029}": true
        default: scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        }
    }

    /// What is wrong with a cleaned name.
    static func problem(_ name: String) -> Problem? {
        if name.unicodeScalars.allSatisfy({ $0.properties.isWhitespace }) {
            return Problem(.property("filename"), .required)
        }
        return tooLong(name, "filename")
    }

    /// What is wrong with a text that describes a file.
    static func tooLong(_ text: String, _ property: String) -> Problem? {
        text.unicodeScalars.count > maximumLength ? Problem(.property(property), .tooLong(maximum: maximumLength)) : nil
    }

    /// The media type that goes with a name's extension; empty where none is known.
    public static func mediaType(of name: String) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return mediaTypes[name[name.utf8.index(after: dot)...].lowercased()] ?? ""
    }

    /// Whether a name is one of the images that may be shown in a page; their octets have the last word.
    public static func isPicture(_ name: String) -> Bool {
        RasterImage.Form(rawValue: mediaType(of: name)) != nil
    }

    private static let mediaTypes: [String: String] = [
        "txt": "text/plain", "text": "text/plain", "log": "text/plain", "ini": "text/plain", "conf": "text/plain",
        "diff": "text/x-diff", "patch": "text/x-diff", "md": "text/markdown", "markdown": "text/markdown",
        "csv": "text/csv", "tsv": "text/tab-separated-values", "html": "text/html", "htm": "text/html",
        "css": "text/css", "xml": "text/xml", "ics": "text/calendar", "vcf": "text/vcard", "rtf": "application/rtf",
        "c": "text/x-c", "h": "text/x-c", "cpp": "text/x-c", "hpp": "text/x-c", "py": "text/x-python",
        "rb": "text/x-ruby", "java": "text/x-java", "sh": "text/x-sh", "sql": "text/x-sql", "swift": "text/x-swift",
        "yml": "text/x-yaml", "yaml": "text/x-yaml", "js": "application/javascript", "json": "application/json",
        "png": "image/png", "gif": "image/gif", "jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg",
        "webp": "image/webp", "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff", "ico": "image/x-icon",
        "svg": "image/svg+xml", "avif": "image/avif", "heic": "image/heic",
        "mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav", "flac": "audio/flac", "m4a": "audio/mp4",
        "mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime", "avi": "video/x-msvideo",
        "mkv": "video/x-matroska", "mpeg": "video/mpeg", "mpg": "video/mpeg",
        "pdf": "application/pdf", "ps": "application/postscript", "eps": "application/postscript",
        "zip": "application/zip", "gz": "application/gzip", "tgz": "application/gzip", "bz2": "application/x-bzip2",
        "xz": "application/x-xz", "zst": "application/zstd", "7z": "application/x-7z-compressed",
        "rar": "application/vnd.rar", "tar": "application/x-tar", "jar": "application/java-archive",
        "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "odp": "application/vnd.oasis.opendocument.presentation", "eml": "message/rfc822",
        "exe": "application/x-msdownload", "deb": "application/vnd.debian.binary-package",
    ]
}
