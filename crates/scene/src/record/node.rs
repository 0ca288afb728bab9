//! Records of nodes and of what stands in them.

use std::collections::{BTreeMap, BTreeSet};

use super::basic::{put_text, take_text};
use super::{Malformed, Merging, Reader, Record, Writer, record_struct};
use crate::id::NodeId;
use crate::node::{Node, Reference, Role};

/// How deep nodes may stand in nodes (sequences and scene views hold nodes).
const DEEPEST: usize = 16;

impl Record for NodeId {
    fn put(&self, out: &mut Writer<'_>) {
        put_text(self.as_str(), out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        take_text(input).map(Self::from)
    }
}

impl Record for Role {
    fn put(&self, out: &mut Writer<'_>) {
        put_text(self.name(), out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        take_text(input).map(Self::named)
    }
}

record_struct!(Reference { node, properties }
    fn list_name(&self) -> Option<String> {
        Some(self.node.to_string())
    }
);

impl Record for Node {
    fn put(&self, out: &mut Writer<'_>) {
        // Without `..`, so that no member is forgotten.
        let Self {
            name,
            description,
            hidden,
            selectable,
            selected,
            singleton,
            saved,
            attributes,
            references,
            unknown,
            content,
        } = self;
        name.put(out);
        description.put(out);
        [*hidden, *selectable, *selected, *saved].put(out);
        singleton.put(out);
        attributes.put(out);
        references.put(out);
        unknown.put(out);
        content.put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        input.nested(DEEPEST, |input| {
            let (name, description) = Record::take(input)?;
            let [hidden, selectable, selected, saved] = Record::take(input)?;
            Ok(Self {
                name,
                description,
                hidden,
                selectable,
                selected,
                saved,
                singleton: Record::take(input)?,
                attributes: Record::take(input)?,
                references: Record::take(input)?,
                unknown: Record::take(input)?,
                content: Record::take(input)?,
            })
        })
    }

    fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
        macro_rules! merged {
            ($member:ident) => {
                Record::merge(
                    &base.$member,
                    &mine.$member,
                    &theirs.$member,
                    merging.member(stringify!($member)),
                )
            };
        }
        Self {
            name: merged!(name),
            description: merged!(description),
            hidden: merged!(hidden),
            selectable: merged!(selectable),
            selected: merged!(selected),
            singleton: merged!(singleton),
            saved: merged!(saved),
            attributes: merged!(attributes),
            references: references([base, mine, theirs], merging.member("references")),
            unknown: merged!(unknown),
            content: merged!(content),
        }
    }
}

/// Merges references role by role; a role that a node has not is one without references.
fn references(nodes: [&Node; 3], merging: &mut Merging) -> BTreeMap<Role, Vec<Reference>> {
    let roles: BTreeSet<&Role> = nodes[1].references.keys().chain(nodes[2].references.keys()).collect();
    let none = Vec::new();
    let merged = roles.into_iter().map(|role| {
        let [base, mine, theirs] = nodes.map(|node| node.references.get(role).unwrap_or(&none));
        (role.clone(), Record::merge(base, mine, theirs, merging))
    });
    merged.filter(|(_, all)| !all.is_empty()).collect()
}
