//! Records of nodes and of what stands in them.

use super::basic::{put_text, take_text};
use super::{Malformed, Reader, Record, Writer, record_struct};
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

record_struct!(Reference { node, properties });

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
}
