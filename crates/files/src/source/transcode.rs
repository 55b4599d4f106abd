//! Text of any encoding as UTF-8.
//!
//! What is malformed becomes a byte that no UTF-8 has, so that the record it is in is left out and told, and no character stands for what is not known.

use std::io::{ErrorKind, Read};

use encoding_rs::DecoderResult;

use crate::encoding::{Encoding, Kind};

/// Stands for what is malformed.
const MALFORMED: u8 = 0xFF;

const CHUNK_BYTES: usize = 64 << 10;

/// Text without a mark, as UTF-8.
pub(super) fn decode<'a>(text: impl Read + Send + 'a, encoding: Encoding) -> Box<dyn Read + Send + 'a> {
    let decoder = match encoding.0 {
        Kind::Utf8 => return Box::new(text),
        Kind::Utf32 { is_big_endian } => Decoder::Utf32 { is_big_endian, begun: Vec::new() },
        Kind::Other(encoding) => Decoder::Other(encoding.new_decoder_without_bom_handling()),
    };
    Box::new(Decoding { text, decoder, chunk: vec![0; CHUNK_BYTES], out: Vec::new(), given: 0, at_end: false })
}

struct Decoding<R> {
    text: R,
    decoder: Decoder,
    chunk: Vec<u8>,
    /// What was decoded, and how much of it was given.
    out: Vec<u8>,
    given: usize,
    at_end: bool,
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.out.len() && !self.at_end {
            self.out.clear();
            self.given = 0;
            let count = match self.text.read(&mut self.chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                count => count?,
            };
            self.at_end = count == 0;
            self.decoder.decode(self.chunk.get(..count).unwrap_or_default(), self.at_end, &mut self.out);
        }
        let ready = self.out.get(self.given..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(ready) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

enum Decoder {
    Utf32 {
        is_big_endian: bool,
        /// The start of a character.
        begun: Vec<u8>,
    },
    Other(encoding_rs::Decoder),
}

impl Decoder {
    fn decode(&mut self, bytes: &[u8], is_last: bool, out: &mut Vec<u8>) {
        match self {
            Self::Other(decoder) => decode_other(decoder, bytes, is_last, out),
            Self::Utf32 { is_big_endian, begun } => {
                for &byte in bytes {
                    begun.push(byte);
                    if let &[a, b, c, d] = begun.as_slice() {
                        let unit = [a, b, c, d];
                        push(if *is_big_endian { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) }, out);
                        begun.clear();
                    }
                }
                if is_last && !begun.is_empty() {
                    begun.clear();
                    out.push(MALFORMED);
                }
            }
        }
    }
}

fn decode_other(decoder: &mut encoding_rs::Decoder, bytes: &[u8], is_last: bool, out: &mut Vec<u8>) {
    let mut rest = bytes;
    loop {
        let start = out.len();
        // Enough for a few characters at least, so that each turn gets on.
        let room = decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(CHUNK_BYTES);
        out.resize(start + room.max(16), 0);
        let into = out.get_mut(start..).unwrap_or_default();
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(rest, into, is_last);
        out.truncate(start + written);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => out.push(MALFORMED),
        }
    }
}

fn push(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(character) => out.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        None => out.push(MALFORMED),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(bytes: &[u8], label: &str) -> Vec<u8> {
        let mut out = Vec::new();
        decode(bytes, Encoding::by_label(label).unwrap()).read_to_end(&mut out).unwrap();
        out
    }

    /// Gives a byte at a time, and is interrupted before each.
    struct Dripping<'a>(&'a [u8], bool);

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            let most = buffer.len().min(1);
            self.0.read(&mut buffer[..most])
        }
    }

    /// Text in an encoding, by what each says of itself.
    fn encoded(text: &str, label: &str) -> Vec<u8> {
        match label {
            "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            "utf-32le" => text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect(),
            "utf-32be" => text.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect(),
            _ => text.as_bytes().to_vec(),
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_unicode(text in any::<String>()) {
            for label in ["utf-8", "utf-16le", "utf-16be", "utf-32le", "utf-32be"] {
                let bytes = encoded(&text, label);
                prop_assert_eq!(&decoded(&bytes, label), text.as_bytes());
                let mut dripped = Vec::new();
                let encoding = Encoding::by_label(label).unwrap();
                decode(Dripping(&bytes, false), encoding).read_to_end(&mut dripped).unwrap();
                prop_assert_eq!(&dripped, text.as_bytes());
            }
        }

        #[test]
        fn what_is_malformed_is_never_a_character(units in prop::collection::vec(any::<u16>(), 0..40)) {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let expected: Vec<u8> = char::decode_utf16(units).flat_map(|unit| match unit {
                Ok(character) => character.to_string().into_bytes(),
                Err(_) => vec![MALFORMED],
            }).collect();
            prop_assert_eq!(decoded(&bytes, "utf-16le"), expected);
        }
    }

    #[test]
    fn large_texts_and_cut_ones() {
        let text = "añ😀\n".repeat(50_000);
        for label in ["utf-16be", "utf-32le"] {
            let mut bytes = encoded(&text, label);
            assert_eq!(decoded(&bytes, label), text.as_bytes());
            bytes.pop();
            assert_eq!(decoded(&bytes, label).last(), Some(&MALFORMED));
        }
        assert_eq!(decoded(b"M\xfcller \x80", "latin1"), "Müller €".as_bytes());
        assert_eq!(decoded(b"\x82\xa0\x82", "shift_jis"), b"\xe3\x81\x82\xff");
        assert_eq!(decoded(&0x0011_0000_u32.to_be_bytes(), "utf-32be"), [MALFORMED]);
    }

    #[test]
    fn labels() {
        for label in ["UTF-8", "utf8", "iso-8859-1", "Latin1", "windows-1252", "utf-16", " koi8-r ", "gbk", "UTF-32"] {
            assert!(Encoding::by_label(label).is_some(), "{label}");
        }
        assert_eq!(Encoding::by_label("utf8"), Some(Encoding::UTF_8));
        for label in ["", "utf-7", "replacement", "nonsense"] {
            assert_eq!(Encoding::by_label(label), None, "{label}");
        }
    }
}
