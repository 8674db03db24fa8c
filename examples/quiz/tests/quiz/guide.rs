//! The guide says what the code says: every piece of code in it stands in the file that is named above it. It never
//! changes either.

use std::fs;
use std::path::Path;

/// The guide, and where the files that it names are.
const GUIDE: &str = "docs/room-applications.md";

#[test]
fn every_piece_of_code_in_the_guide_is_in_the_file_that_it_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let guide = fs::read_to_string(root.join(GUIDE)).expect("the guide is there");
    let mut pieces = 0;
    for part in guide.split("\n```").collect::<Vec<_>>().chunks(2) {
        let [before, block] = part else { continue };
        let (language, code) = block.split_once('\n').expect("a block has lines");
        if !matches!(language, "rust" | "js" | "toml") {
            continue;
        }
        let above = before.lines().last().unwrap_or_default();
        let file = above.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        let file = file.unwrap_or_else(|| panic!("name the file of this code above it:\n{code}"));
        let source = fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("no {file}"));
        assert!(source.contains(code), "{file} has no such code; quote it as it is:\n{code}");
        pieces += 1;
    }
    assert!(pieces > 10, "only {pieces} pieces were found");
}
