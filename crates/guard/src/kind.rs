//! The kinds of personal data, as the contract names them, and the word that stands for each in a placeholder.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $label:literal;)*) => {
        /// A kind of personal or protected value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code, such as `id_card`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The word a placeholder carries, so that a model still knows what stood there.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// Reads a code.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    /// A postal address below the county.
    Address = "address", "地址";
    /// A bank card number (ISO/IEC 7812, Luhn).
    BankCard = "bank_card", "银行卡";
    /// A unified social credit code (GB 32100).
    CreditCode = "credit_code", "信用代码";
    /// A date of birth.
    DateOfBirth = "date_of_birth", "出生日期";
    /// An e-mail address.
    Email = "email", "邮箱";
    /// A travel or residence permit of Hong Kong, Macao or Taiwan.
    HkMoTwPermit = "hk_mo_tw_permit", "通行证";
    /// A resident identity number (GB 11643) or a foreigner's permanent residence number.
    IdCard = "id_card", "身份证";
    /// An IPv4 or IPv6 address.
    IpAddress = "ip_address", "网络地址";
    /// A fixed telephone number.
    Landline = "landline", "座机";
    /// A number in a medical record.
    MedicalRecord = "medical_record", "病历";
    /// An officer's or soldier's card.
    MilitaryId = "military_id", "军官证";
    /// A mobile telephone number.
    Mobile = "mobile", "手机";
    /// A company or another body that is not an organ of state.
    Organisation = "organisation", "单位";
    /// A passport number.
    Passport = "passport", "护照";
    /// A person's name.
    PersonName = "person_name", "姓名";
    /// A QQ number.
    Qq = "qq", "QQ";
    /// A secrecy mark.
    SecrecyMark = "secrecy_mark", "密级标志";
    /// A social or medical insurance number.
    SocialSecurity = "social_security", "社保";
    /// A web address.
    Url = "url", "网址";
    /// A vehicle plate.
    VehiclePlate = "vehicle_plate", "车牌";
    /// A WeChat account.
    Wechat = "wechat", "微信";
}
