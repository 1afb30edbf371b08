//! Checksums, as S3 writes them.

use aws_smithy_types::base64;
use mist_core::checksum::Checksum;

/// The checksum in an answer of S3; `None` if it is not one of 32 bytes.
pub(super) fn decode(text: &str) -> Option<Checksum> {
    let sum: [u8; 32] = base64::decode(text).ok()?.try_into().ok()?;
    Some(Checksum::from(sum))
}

/// `checksum`, as S3 has it in a request.
pub(super) fn encode(checksum: Checksum) -> String {
    base64::encode(checksum.bytes())
}
