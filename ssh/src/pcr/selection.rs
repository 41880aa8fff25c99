//! Which PCRs of which bank are meant.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::bank::PcrBank;
use super::names::index_of;
use crate::word::Word as _;

/// At least one PCR, of one bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PcrSelection {
    bank: PcrBank,
    /// Bit 0 is PCR 0.
    indices: u32,
}

/// PCRs of a bank (PC Client Platform TPM Profile, "Number of PCR"): 0 to 23.
const COUNT: u8 = 24;

/// Longest text that can be a selection, in bytes: each PCR by the longest name, with its bank.
const MAX_TEXT_BYTES: usize = 1024;

impl PcrSelection {
    /// `None` without any index, or with one that is greater than 23.
    pub fn new(bank: PcrBank, indices: impl IntoIterator<Item = u8>) -> Option<Self> {
        let bit = |index: u8| (index < COUNT).then(|| 1_u32 << index);
        let bits: Option<Vec<u32>> = indices.into_iter().map(bit).collect();
        let indices = bits?.into_iter().fold(0, |all, bit| all | bit);
        (indices != 0).then_some(Self { bank, indices })
    }

    /// The bank.
    pub fn bank(self) -> PcrBank {
        self.bank
    }

    /// The numbers of the PCRs, 0 to 23, in their order.
    pub fn indices(self) -> impl Iterator<Item = u8> {
        (0..COUNT).filter(move |index| self.contains(*index))
    }

    /// Whether the PCR with this number is among them.
    pub fn contains(self, index: u8) -> bool {
        index < COUNT && self.indices & (1 << index) != 0
    }

    /// These PCRs and those of `other`; `None` if that has another bank.
    pub fn with(self, other: Self) -> Option<Self> {
        let indices = self.indices | other.indices;
        let bank = self.bank;
        (bank == other.bank).then_some(Self { bank, indices })
    }

    /// TPML_PCR_SELECTION: one selection, of three octets.
    pub(super) fn marshalled(self) -> [u8; 10] {
        let [_, _, _, one] = 1_u32.to_be_bytes();
        let [high, low] = self.bank.algorithm_id().to_be_bytes();
        let [a, b, c, _] = self.indices.to_le_bytes();
        [0, 0, 0, one, high, low, 3, a, b, c]
    }
}

/// Why a text names no PCRs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotASelection {
    /// Nothing is named.
    #[error("name at least one PCR, such as 7 (0+2+7 for several)")]
    Empty,
    /// The text is too long.
    #[error("this is longer than all PCRs by their names: at most {MAX_TEXT_BYTES} bytes")]
    TooLong,
    /// A PCR is neither a number nor a name.
    #[error(
        "PCRs are numbers from 0 to 23 or names such as secure-boot-policy, with + between them; \
         `systemd-analyze pcrs` shows both"
    )]
    Index,
    /// The bank is that of SHA-1.
    #[error(
        "the bank sha1 is refused, because PCRs of SHA-1 can be extended to a chosen value; use \
         sha256"
    )]
    Sha1,
    /// There is no such bank.
    #[error("a bank is sha256, sha384 or sha512")]
    Bank,
    /// More than one bank is named.
    #[error("all PCRs of a key are of one bank")]
    Banks,
    /// A value is given.
    #[error("a value cannot be given: the key is bound to the values that the PCRs have now")]
    Value,
}

impl FromStr for PcrSelection {
    type Err = NotASelection;

    /// Parses what `systemd-cryptenroll --tpm2-pcrs=` takes: numbers or names with `+` between
    /// them, each with `:` and a bank or without one.
    fn from_str(text: &str) -> Result<Self, NotASelection> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(NotASelection::TooLong);
        }
        if text.is_empty() {
            return Err(NotASelection::Empty);
        }
        if text.contains('=') {
            return Err(NotASelection::Value);
        }
        let (mut named, mut indices) = (None, Vec::new());
        for part in text.split('+') {
            let (index, bank) = match part.split_once(':') {
                Some((index, bank)) => (index, Some(parse_bank(bank)?)),
                None => (part, None),
            };
            match (named, bank) {
                (Some(before), Some(bank)) if before != bank => return Err(NotASelection::Banks),
                (_, Some(bank)) => named = Some(bank),
                (_, None) => {}
            }
            indices.push(parse_index(index)?);
        }
        Self::new(named.unwrap_or(PcrBank::Sha256), indices).ok_or(NotASelection::Index)
    }
}

fn parse_index(text: &str) -> Result<u8, NotASelection> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let index = match is_number {
        true => text.parse().ok(),
        false => index_of(text),
    };
    index.ok_or(NotASelection::Index)
}

fn parse_bank(text: &str) -> Result<PcrBank, NotASelection> {
    match text {
        "sha1" => Err(NotASelection::Sha1),
        text => PcrBank::of_word(text).ok_or(NotASelection::Bank),
    }
}

impl fmt::Display for PcrSelection {
    /// `0+7:sha256`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, index) in self.indices().enumerate() {
            let plus = if position == 0 { "" } else { "+" };
            write!(f, "{plus}{index}")?;
        }
        write!(f, ":{}", self.bank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PcrSelection, NotASelection> {
        text.parse()
    }

    #[test]
    fn pcrs_are_named_as_systemd_names_them() {
        for (text, shown) in [
            ("7", "7:sha256"),
            ("0+7", "0+7:sha256"),
            ("7+0", "0+7:sha256"),
            ("7+7", "7:sha256"),
            ("0+7:sha384", "0+7:sha384"),
            ("0:sha512+7:sha512", "0+7:sha512"),
            ("secure-boot-policy", "7:sha256"),
            ("platform-code+kernel-boot:sha384", "0+11:sha384"),
            ("23", "23:sha256"),
        ] {
            assert_eq!(parse(text).map(|one| one.to_string()).as_deref(), Ok(shown));
            assert_eq!(parse(shown), parse(text));
        }
    }

    #[test]
    fn what_names_no_pcrs_is_refused_with_the_reason() {
        for (text, why) in [
            ("", NotASelection::Empty),
            ("24", NotASelection::Index),
            ("256", NotASelection::Index),
            ("-1", NotASelection::Index),
            ("+7", NotASelection::Index),
            ("7+", NotASelection::Index),
            ("7,8", NotASelection::Index),
            (" 7", NotASelection::Index),
            ("firmware", NotASelection::Index),
            ("7:sha1", NotASelection::Sha1),
            ("7:md5", NotASelection::Bank),
            ("7:SHA256", NotASelection::Bank),
            ("7:", NotASelection::Bank),
            ("0:sha256+7:sha384", NotASelection::Banks),
            ("7:sha256=00", NotASelection::Value),
        ] {
            assert_eq!(parse(text), Err(why), "{text:?}");
        }
        let long = "7+".repeat(MAX_TEXT_BYTES);
        assert_eq!(parse(&long), Err(NotASelection::TooLong));
    }

    #[test]
    fn all_pcrs_by_their_names_are_not_too_long() {
        let all = (0..COUNT).map(|index| match super::super::name_of(index) {
            Some(name) => format!("{name}:sha256"),
            None => format!("{index}:sha256"),
        });
        let all: Vec<String> = all.collect();
        let parsed = parse(&all.join("+")).expect("a selection");
        assert_eq!(parsed.indices().count(), usize::from(COUNT));
    }

    #[test]
    fn a_selection_is_marshalled_as_the_specification_says() {
        let selection = parse("0+7+16:sha384").expect("a selection");
        let expected = [0, 0, 0, 1, 0, 0x0c, 3, 0x81, 0, 1];
        assert_eq!(selection.marshalled(), expected);
    }

    #[test]
    fn selections_of_one_bank_alone_are_joined() {
        let (zero, seven) = (parse("0").expect("one"), parse("7").expect("one"));
        assert_eq!(zero.with(seven), parse("0+7").ok());
        assert_eq!(zero.with(parse("7:sha384").expect("one")), None);
    }
}
