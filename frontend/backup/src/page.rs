//! A page to print: what it is for, a QR code and the lines of the key.
//!
//! The fonts are among those that each reader of PDF has, so none is in the file.
//!
//! Specs: ISO 32000-1 §9.6.2.2 (standard fonts), Annex D (WinAnsiEncoding).

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

use crate::code::Code;
use crate::text;

/// A4, in points. All stays within what US Letter has room for, too.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;

/// Where all begins and ends, in points from the lower left corner.
const LEFT: f32 = 60.0;
const TOP: f32 = 785.0;
const BOTTOM: f32 = 40.0;

/// The side of the code, in points: 7 cm.
const CODE_SIDE: f32 = 198.0;

/// Room above and below the code: more than its frame of four modules takes.
const FRAME: f32 = 14.0;

/// Points from one line of the key to the next, at most, and of that what its font takes.
const KEY_LEADING: f32 = 12.5;
const KEY_FONT: f32 = 0.85;

/// Points of the other text.
const TITLE_FONT: f32 = 16.0;
const FONT: f32 = 9.0;
const LEADING: f32 = 11.5;

const SANS: Name<'static> = Name(b"S");
const MONO: Name<'static> = Name(b"M");

/// What the page says about the key. Characters outside of ASCII are shown as `?`.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The algorithm, such as `ecdsa-sha2-nistp256`.
    pub algorithm: &'a str,
    /// The fingerprint.
    pub fingerprint: &'a str,
    /// The comment.
    pub comment: &'a str,
    /// The day when it was made.
    pub day: &'a str,
}

/// What the page says of its use.
const USE: &[&str] = &[
    "The private key is below, encrypted with the passphrase that was given when the key was made.",
    "Anybody with this page and the passphrase has the key. Keep them in different places.",
    "",
    "To bring the key back, run   sshtpm import --paper   and type the lines below, with or",
    "without their numbers. The last four characters of each line check it.",
    "Or scan the code and save its text as a file: it is a private key in OpenSSH's own format,",
    "which   sshtpm import FILE   and   ssh -i FILE   read.",
    "",
    "Without sshtpm and without a scanner: leave out the numbers and the last group of each line,",
    "decode the rest with   base32 -d   and encode it with   base64   between the two lines",
    "-----BEGIN OPENSSH PRIVATE KEY-----   and   -----END OPENSSH PRIVATE KEY-----",
];

/// A PDF file of one page with a key in OpenSSH's format: its contents, and the same as a file.
/// `None` if the key is too long for a page.
pub fn page(about: &About<'_>, contents: &[u8], file: &str) -> Option<Vec<u8>> {
    let lines = text::lines(contents)?;
    let code = Code::of(file)?;
    let mut content = Content::new();
    let mut y = title(&mut content, about);
    y = code_at(&mut content, &code, y - FRAME);
    y -= FRAME;
    let leading = ((y - BOTTOM) / points(lines.len())).min(KEY_LEADING);
    for line in &lines {
        y -= leading;
        show(&mut content, MONO, leading * KEY_FONT, y, line);
    }
    Some(document(&content.finish()))
}

fn title(content: &mut Content, about: &About<'_>) -> f32 {
    let mut y = TOP;
    show(
        content,
        SANS,
        TITLE_FONT,
        y,
        "Backup of an SSH key (sshtpm)",
    );
    y -= 2.0 * LEADING;
    for text in [
        &format!("{} {}", about.algorithm, about.fingerprint),
        &format!("{}, made on {}", about.comment, about.day),
    ] {
        show(content, MONO, FONT, y, text);
        y -= LEADING;
    }
    y -= LEADING / 2.0;
    for text in USE {
        show(content, SANS, FONT, y, text);
        y -= LEADING;
    }
    y
}

fn code_at(content: &mut Content, code: &Code, top: f32) -> f32 {
    let module = CODE_SIDE / points(code.size);
    for run in &code.runs {
        let (x, y) = (points(run.column) * module, points(run.row + 1) * module);
        content.rect(LEFT + x, top - y, points(run.length) * module, module);
    }
    content.fill_nonzero();
    top - CODE_SIDE
}

fn points(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

fn show(content: &mut Content, font: Name<'_>, size: f32, y: f32, text: &str) {
    content.begin_text();
    content.set_font(font, size);
    content.next_line(LEFT, y);
    content.show(Str(&in_ascii(text)));
    content.end_text();
}

fn in_ascii(text: &str) -> Vec<u8> {
    let shown = text.chars().map(|c| match c {
        ' '..='~' => u8::try_from(c).unwrap_or(b'?'),
        _ => b'?',
    });
    shown.collect()
}

fn document(content: &[u8]) -> Vec<u8> {
    let [catalog, tree, page, sans, mono, contents] = [1, 2, 3, 4, 5, 6].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids([page]).count(1);
    let mut only = pdf.page(page);
    only.parent(tree).contents(contents);
    only.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT));
    only.resources().fonts().pair(SANS, sans).pair(MONO, mono);
    only.finish();
    for (font, name) in [(sans, Name(b"Helvetica")), (mono, Name(b"Courier"))] {
        let encoding = Name(b"WinAnsiEncoding");
        pdf.type1_font(font)
            .base_font(name)
            .encoding_predefined(encoding);
    }
    pdf.stream(contents, content);
    pdf.finish()
}

#[cfg(test)]
mod tests {
    use super::{About, page};
    use crate::text::lines;

    const ABOUT: About<'_> = About {
        algorithm: "ssh-ed25519",
        fingerprint: "SHA256:abc",
        comment: "a (b\\ ä",
        day: "2024-02-29",
    };

    #[test]
    fn the_page_has_every_line_of_the_key() {
        let contents = [7; 388];
        let pdf = page(&ABOUT, &contents, "file").unwrap();
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.starts_with("%PDF-1."), "{text}");
        for line in lines(&contents).unwrap() {
            assert!(text.contains(&format!("({line})")), "{line}");
        }
    }

    #[test]
    fn a_comment_cannot_end_the_text_that_it_is_in() {
        let pdf = page(&ABOUT, &[7; 388], "file").unwrap();
        let text = String::from_utf8_lossy(&pdf);
        let balanced = text.contains("(a (b") || text.contains("(a \\(b");
        assert!(balanced && text.contains("\\\\ ?"), "{text}");
    }

    #[test]
    fn a_key_that_is_too_long_for_a_page_gets_none() {
        assert!(page(&ABOUT, &[7; 3000], "file").is_none());
        assert!(page(&ABOUT, &[7; 388], &"x".repeat(3000)).is_none());
    }
}
