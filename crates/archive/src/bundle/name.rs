//! Names of members.

use super::error::Refusal;

/// The upper half of code page 437, in which names stand that claim no other encoding.
const CODE_PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The text of a name's bytes: UTF-8 where it is that, flagged or not, since many programs forget the flag; else code page
/// 437.
///
/// # Errors
/// [`Refusal::NotUtf8`] for a name that is flagged as UTF-8 and is not.
pub(super) fn decode(bytes: &[u8], flagged: bool) -> Result<String, Refusal> {
    match std::str::from_utf8(bytes) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) if flagged => Err(Refusal::NotUtf8),
        Err(_) => {
            let upper: Vec<char> = CODE_PAGE_437.chars().collect();
            let decoded = |&byte: &u8| match byte.checked_sub(128) {
                Some(n) => upper.get(usize::from(n)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
                None => char::from(byte),
            };
            Ok(bytes.iter().map(decoded).collect())
        }
    }
}

/// The name as members are known by: components with slashes between them, without `.` and empty ones.
///
/// # Errors
/// The [`Refusal`] of a name that could mean a place outside the archive to any system.
pub(super) fn checked(name: &str) -> Result<String, Refusal> {
    if name.contains('\0') {
        return Err(Refusal::Nul);
    }
    if name.contains('\\') {
        return Err(Refusal::Backslash);
    }
    if name.starts_with('/') {
        return Err(Refusal::Absolute);
    }
    if matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Err(Refusal::Drive);
    }
    let components: Vec<&str> = name.split('/').filter(|c| !c.is_empty() && *c != ".").collect();
    if components.contains(&"..") {
        return Err(Refusal::ParentFolder);
    }
    if components.is_empty() {
        return Err(Refusal::NoName);
    }
    if let Some(reserved) = components.iter().find(|component| is_reserved(component)) {
        return Err(Refusal::Reserved((*reserved).to_owned()));
    }
    Ok(components.join("/"))
}

/// Whether Windows takes the name of a file or folder for that of a device, whatever stands behind its first dot.
pub(crate) fn is_reserved(name: &str) -> bool {
    let name = name.split('.').next().unwrap_or(name).trim_end().to_ascii_lowercase();
    let numbered =
        |device: &str| name.strip_prefix(device).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']));
    matches!(name.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered("com")
        || numbered("lpt")
}

/// What two names that clash have in common on systems that do not tell upper from lower case. Slashes become NULs, so
/// that in sorted order what is in a folder comes right after the folder.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase().replace('/', "\0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_inside_the_archive_pass() {
        assert_eq!(checked("a/b c/d.nrrd").unwrap(), "a/b c/d.nrrd");
        assert_eq!(checked("./a//b/").unwrap(), "a/b");
        assert_eq!(checked("a/..b/c..").unwrap(), "a/..b/c..");
        assert_eq!(checked("console/com10.txt").unwrap(), "console/com10.txt");
        for (name, why) in [
            ("../a", Refusal::ParentFolder),
            ("a/../../b", Refusal::ParentFolder),
            ("a/..", Refusal::ParentFolder),
            ("/etc/passwd", Refusal::Absolute),
            ("C:/a", Refusal::Drive),
            ("c:a", Refusal::Drive),
            ("a\\..\\b", Refusal::Backslash),
            ("\\\\server\\share", Refusal::Backslash),
            ("a\0b", Refusal::Nul),
            ("", Refusal::NoName),
            ("./", Refusal::NoName),
            ("a/Data/CON.txt", Refusal::Reserved("CON.txt".to_owned())),
            ("nul /b", Refusal::Reserved("nul ".to_owned())),
            ("lpt1", Refusal::Reserved("lpt1".to_owned())),
        ] {
            assert_eq!(checked(name), Err(why), "{name:?}");
        }
    }

    #[test]
    fn names_without_a_flag_are_utf8_or_code_page_437() {
        assert_eq!(CODE_PAGE_437.chars().count(), 128);
        assert_eq!(decode("Größe".as_bytes(), false).unwrap(), "Größe");
        // As Python 3.12's "cp437" codec has it.
        assert_eq!(decode(b"Gr\x94\xe1e", false).unwrap(), "Größe");
        assert_eq!(decode(b"Gr\x94\xe1e", true), Err(Refusal::NotUtf8));
    }
}
