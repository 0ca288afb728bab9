//! Every operation's example comes out as it says.

use microtome_operations::operations;

#[test]
fn examples_come_out_as_they_say() {
    let failures: Vec<String> = operations()
        .filter_map(|entry| {
            let failure = (entry.declaration)().example.check(entry).err()?;
            Some(format!("{}: {failure}", entry.name))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn names_are_unique_and_declared() {
    let mut names: Vec<&str> = operations().map(|entry| entry.name).collect();
    assert!(operations().all(|entry| (entry.declaration)().name == entry.name));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
