//! Signatures of Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, one for each secret, so
//! that a secret can be replaced without a message lost.

use std::fmt;

use assay_core::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of a key, at least and at most.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key to sign with.
#[derive(Clone)]
pub(crate) struct SigningKey(Vec<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl SigningKey {
    /// Reads `whsec_` and base64; or says what is wrong without a word of it.
    pub(crate) fn read(secret: &Secret) -> Result<Self, String> {
        let Some(text) = secret.expose().strip_prefix("whsec_") else {
            return Err("expected a secret that begins with `whsec_`".into());
        };
        let key = STANDARD.decode(text).map_err(|_| "the secret is not base64 after `whsec_`".to_owned())?;
        match KEY_BYTES.contains(&key.len()) {
            true => Ok(SigningKey(key)),
            false => Err(format!("the secret has {} bytes, expected 24 to 64", key.len())),
        }
    }
}

/// The value of `webhook-signature`.
pub(crate) fn signatures(keys: &[SigningKey], id: &str, seconds: i64, body: &[u8]) -> String {
    let signed = keys.iter().map(|key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    });
    signed.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<SigningKey, String> {
        SigningKey::read(&Secret::new(text))
    }

    #[test]
    fn the_published_example_is_signed_as_published() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signatures(&[key.clone(), key], id, 1_614_265_330, b"{\"test\": 2432232314}");
        let one = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed, format!("{one} {one}"));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_quoting_it() {
        let wrong =
            ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_Zm9v", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!"];
        for text in wrong {
            let error = key(text).unwrap_err();
            assert!(!error.contains("Zm9v") && !error.contains("MfKQ"), "{error}");
        }
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        assert_eq!(key(&long).unwrap_err(), "the secret has 65 bytes, expected 24 to 64");
    }
}
