//! A WebAssembly module as its bytes: the sections, and the numbers in them.

/// The sections by which functions are found.
pub(super) const TYPES: u8 = 1;
pub(super) const IMPORTS: u8 = 2;
pub(super) const FUNCTIONS: u8 = 3;
pub(super) const EXPORTS: u8 = 7;
pub(super) const CODE: u8 = 10;
pub(super) const CUSTOM: u8 = 0;

/// The sections of a module, in its order.
pub(super) fn sections(module: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let (mut sections, mut rest) = (Vec::new(), Reader(module.get(8..)?));
    while let Some([kind]) = rest.take(1) {
        sections.push((*kind, rest.text()?));
    }
    Some(sections)
}

/// The content of the section of a kind.
pub(super) fn of_kind<'a>(sections: &[(u8, &'a [u8])], kind: u8) -> Option<&'a [u8]> {
    sections.iter().find(|(other, _)| *other == kind).map(|(_, content)| *content)
}

/// The types of the functions that a module imports: what wasm-bindgen makes imports functions alone.
pub(super) fn imported(section: &[u8]) -> Option<Vec<usize>> {
    let mut content = Reader(section);
    let one = |content: &mut Reader<'_>| {
        content.text().and_then(|_| content.text())?;
        if content.take(1)? != [0] {
            return None;
        }
        content.number()
    };
    (0..content.number()?).map(|_| one(&mut content)).collect()
}

/// The code of a module's own functions.
pub(super) fn bodies(section: &[u8]) -> Option<Vec<&[u8]>> {
    let mut content = Reader(section);
    (0..content.number()?).map(|_| content.text()).collect()
}

/// A number as modules have it.
pub(super) fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Bytes with their count before them.
pub(super) fn counted(bytes: &[u8]) -> Vec<u8> {
    [&number(bytes.len())[..], bytes].concat()
}

/// What is left to read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let [byte] = *self.take(1)? else { return None };
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Bytes whose count stands before them.
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let count = self.number()?;
        self.take(count)
    }
}
