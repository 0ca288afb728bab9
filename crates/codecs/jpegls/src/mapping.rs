//! Mapping tables (palettes) of LSE segments of types 2 and 3 (T.87 C.2.4.1.2).

use crate::error::Error;

/// Table from coded samples to output samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MappingTable {
    id: u8,
    entry_bytes: u8,
    bytes: Vec<u8>,
}

impl MappingTable {
    /// Bits of an output sample.
    pub fn output_bits(&self) -> u8 {
        self.entry_bytes * 8
    }

    fn len(&self) -> usize {
        self.bytes.len() / usize::from(self.entry_bytes)
    }

    /// Output of a coded sample.
    pub fn map(&self, value: u16) -> Result<u16, Error> {
        let index = usize::from(value);
        let entry = match self.entry_bytes {
            1 => self.bytes.get(index).map(|&byte| u16::from(byte)),
            _ => self.bytes.as_chunks::<2>().0.get(index).map(|&pair| u16::from_be_bytes(pair)),
        };
        entry.ok_or(Error::NotInMappingTable { value, table: self.id, entries: self.len() })
    }
}

/// All tables of a stream so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct MappingTables(Vec<MappingTable>);

impl MappingTables {
    /// Table `id`; 0 names none.
    pub fn get(&self, id: u8) -> Result<Option<&MappingTable>, Error> {
        if id == 0 {
            return Ok(None);
        }
        let table = self.0.iter().find(|table| table.id == id);
        table.map(Some).ok_or(Error::InvalidField {
            segment: "start of scan",
            field: "mapping table selector",
            value: u64::from(id),
        })
    }

    /// Takes the body of a segment after its type: identifier, entry width, entries. A `continued` one extends the
    /// table that exists.
    pub fn read(&mut self, body: &[u8], continued: bool) -> Result<(), Error> {
        let &[id, entry_bytes, ref entries @ ..] = body else {
            return Err(Error::Truncated { part: "mapping table" });
        };
        let invalid = |field, value: u8| Error::InvalidField {
            segment: "mapping table",
            field,
            value: u64::from(value),
        };
        if id == 0 {
            return Err(invalid("table identifier", id));
        }
        if !(1..=2).contains(&entry_bytes) {
            return Err(Error::Unsupported {
                feature: "mapping table entries of other widths than one or two bytes",
                value: u64::from(entry_bytes),
            });
        }
        let existing = self.0.iter_mut().find(|table| table.id == id);
        match (existing, continued) {
            (Some(table), true) if table.entry_bytes == entry_bytes => table.bytes.extend_from_slice(entries),
            (_, true) => return Err(invalid("continued table identifier", id)),
            (Some(table), false) => {
                table.entry_bytes = entry_bytes;
                table.bytes = entries.to_vec();
            }
            (None, false) => self.0.push(MappingTable { id, entry_bytes, bytes: entries.to_vec() }),
        }
        Ok(())
    }
}
