//! A walk over Thrift's compact protocol, in which Parquet writes footers and page headers, without building anything:
//! what a file claims is looked at before a decoder believes it.
//!
//! Compact protocol: a field is a byte with its type in the lower half and the step of its id in the upper one (0: the
//! id follows); numbers are zigzag varints; lists begin with a byte of length and element type (15: the length follows).

/// Structures within structures.
const MAX_DEPTH: usize = 16;

/// What a walk meets.
pub(super) enum Event {
    /// A structure begins; the path is that of its field.
    Structure,
    /// A whole number.
    Number(i64),
}

/// Walks over one structure at the start of `bytes` and returns its length. `seen` gets each event with the ids of the
/// fields that lead to it; the elements of a list share the path of their list.
pub(super) fn walk(bytes: &[u8], seen: &mut dyn FnMut(&[i64], Event)) -> Result<usize, String> {
    let mut walk = Walk { bytes, at: 0, path: Vec::new(), seen };
    walk.structure()?;
    Ok(walk.at)
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    path: Vec<i64>,
    seen: &'a mut dyn FnMut(&[i64], Event),
}

impl Walk<'_> {
    fn structure(&mut self) -> Result<(), String> {
        (self.seen)(&self.path, Event::Structure);
        let mut id = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => self.zigzag()?,
                step => id.saturating_add(i64::from(step)),
            };
            if self.path.len() >= MAX_DEPTH {
                return Err("it is nested too deeply".into());
            }
            self.path.push(id);
            match head & 0x0f {
                // in a field, the type of a truth is its value
                1 | 2 => {}
                kind => self.value(kind)?,
            }
            self.path.pop();
        }
    }

    fn value(&mut self, kind: u8) -> Result<(), String> {
        match kind {
            1..=3 => self.byte().map(drop),
            4..=6 => {
                let number = self.zigzag()?;
                (self.seen)(&self.path, Event::Number(number));
                Ok(())
            }
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => self.list(),
            12 => self.structure(),
            13 => self.skip(16),
            // maps occur in nothing that Parquet defines
            _ => Err(format!("it has a field of type {kind}")),
        }
    }

    fn list(&mut self) -> Result<(), String> {
        let head = self.byte()?;
        let length = match head >> 4 {
            15 => self.varint()?,
            length => u64::from(length),
        };
        // every element takes at least a byte
        if length > (self.bytes.len() - self.at) as u64 {
            return Err(format!("it claims a list of {length} elements in {} bytes", self.bytes.len() - self.at));
        }
        if self.path.len() >= MAX_DEPTH {
            return Err("it is nested too deeply".into());
        }
        (0..length).try_for_each(|_| self.value(head & 0x0f))
    }

    fn byte(&mut self) -> Result<u8, String> {
        let byte = *self.bytes.get(self.at).ok_or("it ends too early")?;
        self.at += 1;
        Ok(byte)
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("it has a number of more than 64 bits".into())
    }

    fn zigzag(&mut self) -> Result<i64, String> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    fn skip(&mut self, n: u64) -> Result<(), String> {
        let left = self.bytes.len() - self.at;
        match usize::try_from(n) {
            Ok(n) if n <= left => {
                self.at += n;
                Ok(())
            }
            _ => Err(format!("it claims {n} bytes where {left} are left")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bytes: &[u8]) -> Result<Vec<(Vec<i64>, i64)>, String> {
        let mut found = Vec::new();
        walk(bytes, &mut |path, event| {
            if let Event::Number(number) = event {
                found.push((path.to_vec(), number));
            }
        })?;
        Ok(found)
    }

    #[test]
    fn numbers_are_found_by_the_fields_that_lead_to_them() {
        // field 1: 3; field 2: a list of two structures, of which the second has field 1: -1
        let bytes = [0x15, 6, 0x19, 0x2c, 0, 0x15, 1, 0, 0];
        assert_eq!(numbers(&bytes), Ok(vec![(vec![1], 3), (vec![2, 1], -1)]));
    }

    #[test]
    fn claims_beyond_the_bytes_are_refused() {
        assert!(numbers(&[0x19, 0xfc, 0xff, 0xff, 0x7f]).is_err());
        assert!(numbers(&[0x18, 0x7f, 0]).is_err());
        assert!(numbers(&[0x15]).is_err());
        assert!(numbers(&[0x1c; 100]).is_err());
        assert!(numbers(&[0x19; 100]).is_err());
    }
}
