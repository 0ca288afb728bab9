//! Groups of the old kind: a B-tree of symbol table nodes, and a heap of names.

use super::file::{File, bad};
use super::links::Links;
use crate::error::Error;

/// The most nodes that a group's tree may have.
const MOST_NODES: usize = 4096;
/// The longest name of a member.
const LONGEST_NAME: usize = 1024;

/// Adds the members of the group with this tree and heap.
pub(super) fn read<'a>(file: &File<'a>, tree: u64, heap: u64, links: &mut Links<'a>) -> Result<(), Error> {
    let mut reader = file.from(heap, "local heap")?;
    reader.signature(b"HEAP")?;
    reader.skip(4)?;
    let size = reader.length()?;
    reader.length()?;
    let names = file.part(reader.address()?, size, "local heap")?;

    let mut nodes = vec![tree];
    let mut seen = 0;
    while let Some(address) = nodes.pop() {
        seen += 1;
        if seen > MOST_NODES {
            return Err(bad("group B-tree", seen as u64, "it has too many nodes"));
        }
        let mut node = file.from(address, "group B-tree")?;
        node.signature(b"TREE")?;
        let (kind, level, entries) = (node.u8()?, node.u8()?, node.u16()?);
        if kind != 0 {
            return Err(bad("group B-tree", kind.into(), "its type is 0"));
        }
        node.address()?;
        node.address()?;
        for _ in 0..entries {
            node.length()?;
            let child = node.address()?;
            if level > 0 {
                nodes.push(child);
                continue;
            }
            seen += 1;
            if seen > MOST_NODES || links.len() > MOST_NODES {
                return Err(bad("group B-tree", links.len() as u64, "it has too many members"));
            }
            let mut table = file.from(child, "symbol table")?;
            table.signature(b"SNOD")?;
            table.skip(2)?;
            for _ in 0..table.u16()? {
                let (name, address) = (table.address()?, table.address()?);
                table.skip(4 + 4 + 16)?;
                let mut rest = names.clone();
                rest.skip(usize::try_from(name).unwrap_or(usize::MAX))?;
                let rest = rest.take(rest.remaining().min(LONGEST_NAME))?;
                let end = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
                links.push(&rest[..end], address);
            }
        }
        if nodes.len() > MOST_NODES {
            return Err(bad("group B-tree", nodes.len() as u64, "it has too many nodes"));
        }
    }
    Ok(())
}
