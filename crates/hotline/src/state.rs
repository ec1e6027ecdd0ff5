//! The states of a work order and the steps between them: 受理→派单→办理→答复→督办→办结→回访→评价, a closed table.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$doc:meta])* $kind:ident { $($(#[$each:meta])* $name:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $kind {$(
            $(#[$each])*
            #[serde(rename = $code)]
            $name,
        )*}

        impl $kind {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in JSON and in the store.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {$(Self::$name => $code),*}
            }

            /// Reads a name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {$($code => Some(Self::$name),)* _ => None}
            }
        }
    };
}

names! {
    /// Where a work order stands.
    Stand {
        /// 待受理: it came in and nobody has taken it.
        Received = "received",
        /// 待派单: accepted, and no department has it.
        Accepted = "accepted",
        /// 待签收: a department has it and has not signed.
        Dispatched = "dispatched",
        /// 办理中.
        Handling = "handling",
        /// 退单待审: the department says that it is not its own.
        ReturnAsked = "return_asked",
        /// 延期待审: the department asks for more time.
        ExtensionAsked = "extension_asked",
        /// 答复待审: answered, and nobody has checked the answer.
        Answered = "answered",
        /// 待回访.
        Callback = "callback",
        /// 办结.
        Closed = "closed",
        /// 不予受理.
        Declined = "declined",
        /// 并入另一工单.
        Merged = "merged",
    }
}

names! {
    /// What somebody does with a work order.
    Move {
        /// 受理.
        Accept = "accept",
        /// 不予受理, with where to turn.
        Decline = "decline",
        /// 直接答复: the operator answers at once.
        AnswerDirectly = "answer_directly",
        /// 派单, with the responsible and the assisting departments.
        Dispatch = "dispatch",
        /// 签收.
        Sign = "sign",
        /// 申请退单.
        AskReturn = "ask_return",
        /// 同意退单.
        GrantReturn = "grant_return",
        /// 不同意退单.
        RefuseReturn = "refuse_return",
        /// 申请延期.
        AskExtension = "ask_extension",
        /// 同意延期.
        GrantExtension = "grant_extension",
        /// 不同意延期.
        RefuseExtension = "refuse_extension",
        /// 答复.
        Answer = "answer",
        /// 答复审核通过.
        PassAnswer = "pass_answer",
        /// 答复审核不通过, 退回补办.
        SendBack = "send_back",
        /// 督办.
        Remind = "remind",
        /// 回访: content.
        Content = "content",
        /// 回访: not content, 重办.
        Redo = "redo",
        /// 回访: not content, and closed with the reason.
        CloseAnyway = "close_anyway",
        /// 并单.
        Merge = "merge",
    }
}

/// How often something was already done to a work order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// 延期.
    pub extensions: u8,
    /// 退单.
    pub returns: u8,
    /// 重办.
    pub redos: u8,
    /// 督办.
    pub reminders: u8,
}

/// How often it may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// 延期.
    pub extensions: u8,
    /// 退单.
    pub returns: u8,
    /// 重办.
    pub redos: u8,
}

/// Why a step is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing leads from here by this step.
    #[error("`{by}` is not possible while the work order is `{from}`")]
    NoWay {
        /// Where it stands.
        from: &'static str,
        /// The step.
        by: &'static str,
    },
    /// It was done as often as it may be.
    #[error("`{by}` was done {times} times, which is the most")]
    Exhausted {
        /// The step.
        by: &'static str,
        /// How often.
        times: u8,
    },
}

impl Stand {
    /// Whether nothing more happens to it.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::Declined | Self::Merged)
    }

    /// Whether the handling clock runs: it does until there is an answer.
    #[must_use]
    pub fn is_handling(self) -> bool {
        matches!(self, Self::Dispatched | Self::Handling | Self::ReturnAsked | Self::ExtensionAsked)
    }

    /// Where a step leads; nothing where it is not possible.
    #[must_use]
    pub fn after(self, by: Move) -> Option<Self> {
        match (self, by) {
            (Self::Received, Move::Accept) | (Self::ReturnAsked, Move::GrantReturn) => Some(Self::Accepted),
            (Self::Received | Self::Accepted, Move::Decline) => Some(Self::Declined),
            (Self::Received | Self::Accepted, Move::AnswerDirectly)
            | (Self::Callback, Move::Content | Move::CloseAnyway) => Some(Self::Closed),
            (Self::Accepted | Self::Dispatched, Move::Dispatch) | (Self::Callback, Move::Redo) => {
                Some(Self::Dispatched)
            }
            (Self::Dispatched, Move::Sign)
            | (Self::ReturnAsked, Move::RefuseReturn)
            | (Self::ExtensionAsked, Move::GrantExtension | Move::RefuseExtension)
            | (Self::Answered, Move::SendBack) => Some(Self::Handling),
            (Self::Dispatched | Self::Handling, Move::AskReturn) => Some(Self::ReturnAsked),
            (Self::Handling, Move::AskExtension) => Some(Self::ExtensionAsked),
            (Self::Handling, Move::Answer) => Some(Self::Answered),
            (Self::Answered, Move::PassAnswer) => Some(Self::Callback),
            (
                Self::Accepted
                | Self::Dispatched
                | Self::Handling
                | Self::ReturnAsked
                | Self::ExtensionAsked
                | Self::Answered
                | Self::Callback,
                Move::Remind,
            ) => Some(self),
            (Self::Received | Self::Accepted | Self::Dispatched | Self::Handling, Move::Merge) => Some(Self::Merged),
            _ => None,
        }
    }

    /// The steps that lead on from here, bounds not looked at.
    #[must_use]
    pub fn moves(self) -> Vec<Move> {
        Move::ALL.iter().copied().filter(|by| self.after(*by).is_some()).collect()
    }

    /// The whole table as text: a line for each step that is possible.
    #[must_use]
    pub fn table() -> String {
        let mut text = String::new();
        for from in Self::ALL {
            for by in from.moves() {
                let to = from.after(by).map_or("-", Self::as_str);
                let _ = writeln!(text, "{:<16}{:<18}{to}", from.as_str(), by.as_str());
            }
        }
        text
    }
}

/// Where a step leads, with what was already done and how often it may be. The one rule of all steps.
pub fn step(from: Stand, by: Move, tally: Tally, bounds: Bounds) -> Result<(Stand, Tally), Refused> {
    let to = from.after(by).ok_or(Refused::NoWay { from: from.as_str(), by: by.as_str() })?;
    let mut next = tally;
    let counted = match by {
        // An extension is used up when it is asked for: a department asks once.
        Move::AskExtension => Some((&mut next.extensions, bounds.extensions)),
        Move::GrantReturn => Some((&mut next.returns, bounds.returns)),
        Move::Redo => Some((&mut next.redos, bounds.redos)),
        Move::Remind => Some((&mut next.reminders, u8::MAX)),
        Move::Accept
        | Move::Decline
        | Move::AnswerDirectly
        | Move::Dispatch
        | Move::Sign
        | Move::AskReturn
        | Move::RefuseReturn
        | Move::GrantExtension
        | Move::RefuseExtension
        | Move::Answer
        | Move::PassAnswer
        | Move::SendBack
        | Move::Content
        | Move::CloseAnyway
        | Move::Merge => None,
    };
    if let Some((count, most)) = counted {
        if *count >= most {
            return Err(Refused::Exhausted { by: by.as_str(), times: *count });
        }
        *count += 1;
    }
    Ok((to, next))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{Bounds, Move, Refused, Stand, Tally, step};

    const BOUNDS: Bounds = Bounds { extensions: 1, returns: 2, redos: 2 };

    #[test]
    fn the_whole_table() {
        expect![[r#"
            received        accept            accepted
            received        decline           declined
            received        answer_directly   closed
            received        merge             merged
            accepted        decline           declined
            accepted        answer_directly   closed
            accepted        dispatch          dispatched
            accepted        remind            accepted
            accepted        merge             merged
            dispatched      dispatch          dispatched
            dispatched      sign              handling
            dispatched      ask_return        return_asked
            dispatched      remind            dispatched
            dispatched      merge             merged
            handling        ask_return        return_asked
            handling        ask_extension     extension_asked
            handling        answer            answered
            handling        remind            handling
            handling        merge             merged
            return_asked    grant_return      accepted
            return_asked    refuse_return     handling
            return_asked    remind            return_asked
            extension_asked grant_extension   handling
            extension_asked refuse_extension  handling
            extension_asked remind            extension_asked
            answered        pass_answer       callback
            answered        send_back         handling
            answered        remind            answered
            callback        remind            callback
            callback        content           closed
            callback        redo              dispatched
            callback        close_anyway      closed
        "#]]
        .assert_eq(&Stand::table());
    }

    #[test]
    fn one_extension_two_returns_two_redos() {
        let mut tally = Tally::default();
        let go = |from: Stand, by: Move, tally: &mut Tally| {
            let done = step(from, by, *tally, BOUNDS);
            if let Ok((_, next)) = done {
                *tally = next;
            }
            done.map(|(to, _)| to)
        };
        assert_eq!(go(Stand::Handling, Move::AskExtension, &mut tally), Ok(Stand::ExtensionAsked));
        assert_eq!(go(Stand::ExtensionAsked, Move::RefuseExtension, &mut tally), Ok(Stand::Handling));
        let again = go(Stand::Handling, Move::AskExtension, &mut tally);
        assert_eq!(again, Err(Refused::Exhausted { by: "ask_extension", times: 1 }));
        for _ in 0..2 {
            assert_eq!(go(Stand::ReturnAsked, Move::GrantReturn, &mut tally), Ok(Stand::Accepted));
            assert_eq!(go(Stand::Callback, Move::Redo, &mut tally), Ok(Stand::Dispatched));
        }
        assert!(go(Stand::ReturnAsked, Move::GrantReturn, &mut tally).is_err());
        assert!(go(Stand::Callback, Move::Redo, &mut tally).is_err());
        assert_eq!(go(Stand::Callback, Move::CloseAnyway, &mut tally), Ok(Stand::Closed));
    }

    #[test]
    fn nothing_leads_out_of_an_end_and_every_state_leads_to_one() {
        for stand in Stand::ALL {
            assert_eq!(Stand::parse(stand.as_str()), Some(*stand));
            assert_eq!(stand.is_final(), stand.moves().is_empty(), "{stand:?}");
            let mut reached = std::collections::BTreeSet::new();
            let mut next = vec![*stand];
            while let Some(from) = next.pop() {
                if reached.insert(from) {
                    next.extend(from.moves().into_iter().filter_map(|by| from.after(by)));
                }
            }
            assert!(reached.iter().any(|end| end.is_final()), "{stand:?}");
        }
    }
}
