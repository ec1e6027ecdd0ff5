//! Server-sent events as chat endpoints send them: `data:` lines, any chunking, any line ending.

/// The most bytes one event may have; a stream without line ends is cut here.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// Collects bytes into the payloads of `data:` events.
#[derive(Debug, Default)]
pub struct EventReader {
    buffer: Vec<u8>,
}

/// The stream holds an event larger than the reader takes.
#[derive(Debug, PartialEq, Eq)]
pub struct EventTooLong;

impl EventReader {
    /// A reader at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and gives the payload of each `data:` line that is complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, EventTooLong> {
        self.buffer.extend_from_slice(bytes);
        let mut payloads = Vec::new();
        while let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            if let Some(payload) = line.trim_end().strip_prefix("data:") {
                payloads.push(payload.trim_start().to_owned());
            }
        }
        if self.buffer.len() > MAX_EVENT_BYTES {
            return Err(EventTooLong);
        }
        Ok(payloads)
    }
}

#[cfg(test)]
mod tests {
    use super::{EventReader, EventTooLong, MAX_EVENT_BYTES};

    #[test]
    fn payloads_come_out_whole_however_the_bytes_are_cut() {
        let stream = "data: {\"a\":\"民法\"}\r\n\r\n: comment\nevent: x\ndata:[DONE]\n\n".as_bytes();
        for cut in 0..stream.len() {
            let (first, second) = stream.split_at(cut);
            let mut reader = EventReader::new();
            let mut got = reader.push(first).unwrap();
            got.extend(reader.push(second).unwrap());
            assert_eq!(got, ["{\"a\":\"民法\"}", "[DONE]"]);
        }
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let mut reader = EventReader::new();
        assert_eq!(reader.push(&vec![b'x'; MAX_EVENT_BYTES + 1]), Err(EventTooLong));
    }
}
