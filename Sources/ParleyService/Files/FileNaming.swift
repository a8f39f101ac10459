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

    /// The media type that goes with a name's extension; nil where none is known.
    public static func mediaType(of name: String) -> String? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return mediaTypes[name[name.utf8.index(after: dot)...].lowercased()]
    }

    /// Whether a name is one of the images that may be shown in a page; their octets have the last word.
    public static func isPicture(_ name: String) -> Bool {
        mediaType(of: name).flatMap(RasterImage.Form.init) != nil
    }

    private static let mediaTypes: [String: String] = {
        var types: [String: String] = [:]
        for (type, extensions) in extensionsByType {
            for name in extensions.split(separator: " ") { types[String(name)] = type }
        }
        return types
    }()

    private static let extensionsByType = [
        ("text/plain", "txt text log ini conf diff patch sql hpp properties"), ("text/markdown", "md markdown"),
        ("text/csv", "csv"), ("text/tab-separated-values", "tsv"), ("text/html", "html htm xhtml"), ("text/css", "css"),
        ("text/xml", "xml"), ("text/calendar", "ics"), ("text/x-vcard", "vcf"), ("text/yaml", "yml yaml"),
        ("text/x-c", "c h cc cpp cxx"), ("text/x-csharp", "cs"), ("text/x-python", "py"), ("text/x-ruby", "rb erb"),
        ("text/x-java", "java"), ("text/jsp", "jsp"), ("text/x-sh", "sh"), ("text/x-perl", "pl"), ("text/x-php", "php"),
        ("text/x-pascal", "pas"), ("text/x-fortran", "f90"), ("text/x-asm", "asm"), ("text/x-coffescript", "coffee"),
        ("text/x-textile", "textile"), ("text/x-po", "po"), ("application/javascript", "js"),
        ("application/json", "json"), ("application/xml", "xsl"), ("application/xml-dtd", "dtd"),
        ("application/sgml", "sgml"), ("application/wsdl+xml", "wsdl"), ("application/atom+xml", "atom"),
        ("application/rss+xml", "rss"), ("application/rtf", "rtf"), ("application/x-tex", "tex"),
        ("application/pdf", "pdf ai"), ("application/postscript", "ps eps"), ("application/epub+zip", "epub"),
        ("image/png", "png"), ("image/gif", "gif"), ("image/jpeg", "jpg jpeg jpe"), ("image/webp", "webp"),
        ("image/x-ms-bmp", "bmp"), ("image/tiff", "tif tiff"), ("image/vnd.microsoft.icon", "ico"),
        ("image/svg+xml", "svg"), ("image/avif", "avif"), ("image/heic", "heic"), ("image/vnd.dwg", "dwg"),
        ("image/vnd.adobe.photoshop", "psd"), ("font/woff", "woff"), ("font/ttf", "ttf"),
        ("audio/mpeg", "mp3"), ("audio/ogg", "ogg"), ("audio/wav", "wav"), ("audio/x-flac", "flac"),
        ("audio/mp4", "m4a"), ("audio/midi", "mid"), ("audio/x-aac", "aac"), ("audio/x-ms-wmv", "wmv"),
        ("video/mp4", "mp4"), ("video/webm", "webm"), ("video/quicktime", "mov"), ("video/x-msvideo", "avi"),
        ("video/x-matroska", "mkv"), ("video/mpeg", "mpeg mpg"), ("video/3gpp", "3gp"), ("video/x-flv", "flv"),
        ("video/MP2T", "ts"), ("application/x-shockwave-flash", "swf"),
        ("application/zip", "zip"), ("application/gzip", "gz"), ("application/x-gtar", "tgz"),
        ("application/x-bzip2", "bz2"), ("application/x-xz", "xz"), ("application/x-7z-compressed", "7z"),
        ("application/x-rar-compressed", "rar"), ("application/x-tar", "tar"), ("application/java-archive", "jar"),
        ("application/x-iso9660-image", "iso"), ("application/x-apple-diskimage", "dmg"),
        ("application/x-bittorrent", "torrent"), ("application/msword", "doc dot"),
        ("application/vnd.ms-excel", "xls"), ("application/vnd.ms-excel.sheet.macroEnabled.12", "xlsm"),
        ("application/vnd.ms-powerpoint", "ppt"), ("application/vnd.ms-outlook", "msg"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
        ("application/vnd.oasis.opendocument.text", "odt"), ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
        ("application/vnd.oasis.opendocument.presentation", "odp"), ("application/x-iwork-keynote-sffkey", "key"),
        ("message/rfc822", "eml"), ("application/octet-stream", "bin dll"), ("application/x-x509-ca-cert", "crt"),
        ("application/x-ms-dos-executable", "exe"), ("application/x-msdos-program", "bat"),
        ("application/x-msdownload", "msi"), ("application/x-debian-package", "deb"),
        ("application/vnd.android.package-archive", "apk"),
    ]
}
