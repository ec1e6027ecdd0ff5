//! The 27-character code of a provider (TC260-PG-20252A): format, kind of subject, unified social credit code, service.

/// The characters of a unified social credit code in the order of their values (GB 32100—2015).
const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Whether a code is that of an organisation bound by its credit code, with the right check digit.
#[must_use]
pub fn is_provider_code(code: &str) -> bool {
    let Some(rest) = code.strip_prefix("0011").filter(|_| code.len() == 27 && code.is_ascii()) else { return false };
    let (Some(credit), Some(service)) = (rest.get(..18), rest.get(18..)) else { return false };
    let upper = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    service.starts_with(['1', '2']) && upper(service) && is_credit_code(credit)
}

fn is_credit_code(code: &str) -> bool {
    let value = |c: char| SIGNS.chars().position(|s| s == c);
    let mut weight = 1;
    let mut sum = 0;
    for c in code.chars().take(17) {
        let Some(value) = value(c) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    code.chars().nth(17).and_then(value) == Some((31 - sum % 31) % 31)
}

#[cfg(test)]
mod tests {
    use super::is_provider_code;

    #[test]
    fn published_codes_are_valid() {
        for code in ["001191110102MAD55U9H0F10002", "001191440300708461136T1XGW3", "001111440106XXXXXXX27510001"] {
            assert!(is_provider_code(code), "{code}");
        }
        for code in
            ["001191110102MAD55U9H0G10002", "001191110102MAD55U9H0F30002", "0011", "", "001191110102mad55U9H0F10002"]
        {
            assert!(!is_provider_code(code), "{code}");
        }
    }
}
