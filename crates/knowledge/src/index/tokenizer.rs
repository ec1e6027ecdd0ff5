//! The terms of [`crate::words`] as the index library wants them, so that its writers cut texts in parallel.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::words::{self, Terms};

/// The name under which the tokenizer is registered.
pub(super) const NAME: &str = "words";

#[derive(Debug, Clone, Default)]
pub(super) struct WordTokenizer {
    token: Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        WordStream { terms: words::terms(text), next: 0, token: &mut self.token }
    }
}

#[derive(Debug)]
pub(super) struct WordStream<'a> {
    terms: Terms,
    next: usize,
    token: &'a mut Token,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(term) = self.terms.get(self.next) else { return false };
        self.token.text.clear();
        self.token.text.push_str(term);
        self.token.position = self.next;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
