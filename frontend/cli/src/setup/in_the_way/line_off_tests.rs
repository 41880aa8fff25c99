use std::fs;
use std::path::Path;

use super::{LineOff, OFF, reads, restored};

fn line(text: &str, number: usize) -> Option<LineOff> {
    LineOff::in_text(Path::new("/x"), number, text)
}

#[test]
fn a_line_that_is_turned_off_and_on_is_as_it_was() {
    let text = "# mine\nif true; then\n\teval $(ssh-agent -s)\nfi";
    let off = line(text, 3).unwrap().without(text);
    assert!(
        off.contains(&format!("\n\t{OFF}eval $(ssh-agent -s)\n")),
        "{off}"
    );
    let (back, lines) = restored(off.as_bytes());
    assert_eq!(String::from_utf8(back).unwrap(), text);
    assert_eq!(lines, ["eval $(ssh-agent -s)"]);
}

#[test]
fn the_only_command_of_a_block_leaves_a_file_that_shells_read() {
    let shell = Path::new("/bin/sh");
    let text = "if true; then\n    eval $(ssh-agent -s)\nfi\necho on\n";
    let off = line(text, 2).unwrap().without(text);
    assert!(reads(shell, &off), "{off}");
    let text = "if ssh-agent -s; then\n    echo x\nfi\n";
    let off = line(text, 1).unwrap().without(text);
    assert!(reads(shell, text) && !reads(shell, &off), "{off}");
}

#[test]
fn a_part_of_a_longer_command_is_left() {
    let text = "env A=b \\\n    ssh-agent bash \\\n    -x\necho\n";
    for number in 1..=3 {
        assert_eq!(line(text, number), None, "{number}");
    }
    assert!(line(text, 4).is_some());
    assert_eq!(line(text, 0), None);
    assert_eq!(line(text, 5), None);
}

#[test]
fn a_copy_is_kept_and_a_file_that_changed_is_left() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".profile");
    fs::write(&path, "ssh-agent\n").unwrap();
    let off = LineOff::in_text(&path, 1, "ssh-agent\n").unwrap();
    let copy = off.turn_off().unwrap();
    assert_eq!(fs::read_to_string(&copy).unwrap(), "ssh-agent\n");
    assert!(
        copy.ends_with(".profile.before-sshtpm"),
        "{}",
        copy.display()
    );
    let now = fs::read_to_string(&path).unwrap();
    assert_eq!(now, format!("{OFF}ssh-agent\n"));
    assert!(off.turn_off().is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), now);
}
