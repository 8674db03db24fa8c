//! The public name of a booking, `BK-<8>-<6>`: an order's own code and, in base 36, its event, for codes are an
//! event's. It is said aloud in capitals and read in any letters. Pure.

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const EVENT_DIGITS: usize = 6;

/// The booking's name.
pub(super) fn name(event: u64, code: &str) -> String {
    format!("{code}-{:0>EVENT_DIGITS$}", base36(event))
}

/// The event and the order's code of a name.
pub(super) fn read(name: &str) -> Option<(u64, String)> {
    let name = name.to_ascii_uppercase();
    let (code, event) = name.rsplit_once('-')?;
    let is_one = event.len() >= EVENT_DIGITS && event.bytes().all(|c| DIGITS.contains(&c));
    let event = u64::from_str_radix(event, 36).ok().filter(|_| is_one)?;
    // The store counts with a sign.
    (i64::try_from(event).is_ok() && code.starts_with("BK-")).then(|| (event, code.to_owned()))
}

/// A number in base 36, in capitals.
pub(super) fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(DIGITS[(number % 36) as usize]);
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_the_event_and_the_code() {
        assert_eq!(name(46, "BK-Z5H98S95"), "BK-Z5H98S95-00001A");
        assert_eq!(read("BK-Z5H98S95-00001A"), Some((46, "BK-Z5H98S95".to_owned())));
        assert_eq!(read("bk-z5h98s95-00001a"), Some((46, "BK-Z5H98S95".to_owned())));
        let large = name(1 << 52, "BK-Z5H98S95");
        assert_eq!(read(&large), Some((1 << 52, "BK-Z5H98S95".to_owned())));
        for wrong in ["", "BK", "BK-Z5H98S95", "BK-Z5H98S95-1A", "BK-Z5H98S95-+0001A", "X-Y-00001A"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&format!("BK-A-{}", "Z".repeat(13))), None);
    }
}
