//! A fuzz target for the whole list of functions: programs that call anything, with anything that
//! memory is there for.

use std::ptr::null_mut;

use cryptoki_sys::{CK_ATTRIBUTE, CK_FUNCTION_LIST, CK_MECHANISM, CK_RV, CK_ULONG};
use sshtpm_fuzz::{Budget, Line, Target};

use crate::tests::{Loaded, call};

/// Most calls of one program.
const MOST: usize = 64;

/// What a program has: bytes that say what it does, and memory to do it with.
struct Program<'a> {
    functions: &'static CK_FUNCTION_LIST,
    steps: std::slice::Iter<'a, u8>,
    numbers: [CK_ULONG; 4],
    memory: [u8; 600],
    words: [CK_ULONG; 8],
    template: [CK_ATTRIBUTE; 4],
    way: CK_MECHANISM,
}

impl Program<'_> {
    fn byte(&mut self) -> u8 {
        self.steps.next().copied().unwrap_or_default()
    }

    /// A number: a small one, one that the module gave, or an absurd one.
    fn number(&mut self) -> CK_ULONG {
        match self.byte() {
            255 => CK_ULONG::MAX,
            254 => CK_ULONG::MAX / 2,
            at @ 240..=253 => self.numbers[usize::from(at) % 4],
            small => small.into(),
        }
    }

    /// How many bytes of memory there are; never more than that.
    fn length(&mut self) -> CK_ULONG {
        (CK_ULONG::from(self.byte()) * 3).min(600)
    }

    fn bytes(&mut self) -> *mut u8 {
        match self.byte() {
            0 => null_mut(),
            _ => self.memory.as_mut_ptr(),
        }
    }

    /// A place for a number, which begins with the room for bytes.
    fn count(&mut self) -> *mut CK_ULONG {
        self.words[0] = self.length();
        match self.byte() {
            0 => null_mut(),
            _ => self.words.as_mut_ptr(),
        }
    }

    fn given(&mut self) -> *mut CK_ULONG {
        let at = usize::from(self.byte());
        match at {
            0 => null_mut(),
            _ => &raw mut self.numbers[at % 4],
        }
    }

    /// Attributes, and how many there are said to be.
    fn attributes(&mut self) -> (*mut CK_ATTRIBUTE, CK_ULONG) {
        for at in 0..4 {
            self.template[at] = CK_ATTRIBUTE {
                type_: self.number() | (CK_ULONG::from(self.byte() & 3) << 8),
                pValue: self.bytes().cast(),
                ulValueLen: self.length(),
            };
        }
        match self.byte() {
            0 => (null_mut(), 4),
            255 => (self.template.as_mut_ptr(), CK_ULONG::MAX),
            count => (self.template.as_mut_ptr(), CK_ULONG::from(count % 5)),
        }
    }

    fn way(&mut self) -> *mut CK_MECHANISM {
        self.way = CK_MECHANISM {
            mechanism: self.number() | (CK_ULONG::from(self.byte() & 0x10) << 8),
            pParameter: self.bytes().cast(),
            ulParameterLen: self.length() % 48,
        };
        match self.byte() {
            0 => null_mut(),
            _ => &raw mut self.way,
        }
    }

    fn step(&mut self) -> CK_RV {
        let functions = self.functions;
        let kind = self.byte() % 28;
        match kind {
            0 => call!(functions, C_Initialize, null_mut()),
            1 => call!(functions, C_Finalize, self.bytes().cast()),
            2 => {
                self.words[0] = 1;
                let (to, count) = (self.given(), self.words.as_mut_ptr());
                call!(functions, C_GetSlotList, 1, to, count)
            }
            3 => call!(functions, C_GetSlotInfo, self.number(), self.bytes().cast()),
            4 => call!(
                functions,
                C_GetTokenInfo,
                self.number(),
                self.bytes().cast()
            ),
            5 => {
                self.words[0] = 7;
                let (slot, count) = (self.number(), self.words.as_mut_ptr());
                let list = count.wrapping_add(1);
                call!(functions, C_GetMechanismList, slot, list, count)
            }
            6 => {
                let (slot, kind) = (self.number(), self.number());
                call!(
                    functions,
                    C_GetMechanismInfo,
                    slot,
                    kind,
                    self.bytes().cast()
                )
            }
            7 | 8 => {
                let (slot, flags, to) = (self.number(), self.number() | 4, self.given());
                call!(functions, C_OpenSession, slot, flags, null_mut(), None, to)
            }
            9 => call!(functions, C_CloseSession, self.number()),
            10 => call!(functions, C_CloseAllSessions, self.number()),
            11 => call!(
                functions,
                C_GetSessionInfo,
                self.number(),
                self.bytes().cast()
            ),
            12 => {
                let (session, user) = (self.number(), self.number());
                let (pin, length) = (self.bytes(), self.length());
                call!(functions, C_Login, session, user, pin, length)
            }
            13 => call!(functions, C_Logout, self.number()),
            14 => {
                let (session, (at, count)) = (self.number(), self.attributes());
                call!(functions, C_CreateObject, session, at, count, self.given())
            }
            15 => call!(functions, C_DestroyObject, self.number(), self.number()),
            16 => {
                let (session, object) = (self.number(), self.number());
                let (at, count) = self.attributes();
                call!(functions, C_GetAttributeValue, session, object, at, count)
            }
            17 | 18 => {
                let (session, (at, count)) = (self.number(), self.attributes());
                call!(functions, C_FindObjectsInit, session, at, count)
            }
            19 => {
                let (session, to) = (self.number(), self.given());
                call!(functions, C_FindObjects, session, to, 1, self.count())
            }
            20 => call!(functions, C_FindObjectsFinal, self.number()),
            21 => {
                let (session, way, key) = (self.number(), self.way(), self.number());
                call!(functions, C_SignInit, session, way, key)
            }
            22 => {
                let (session, data, length) = (self.number(), self.bytes(), self.length());
                let (to, count) = (self.bytes(), self.count());
                call!(functions, C_Sign, session, data, length, to, count)
            }
            23 => {
                let (session, data, length) = (self.number(), self.bytes(), self.length());
                call!(functions, C_SignUpdate, session, data, length)
            }
            24 => {
                let (session, to, count) = (self.number(), self.bytes(), self.count());
                call!(functions, C_SignFinal, session, to, count)
            }
            25 => {
                let (session, to, length) = (self.number(), self.bytes(), self.length());
                call!(functions, C_GenerateRandom, session, to, length)
            }
            26 => {
                let (session, way, (at, count)) = (self.number(), self.way(), self.attributes());
                let (one, other) = (self.given(), self.given());
                call!(
                    functions,
                    C_GenerateKeyPair,
                    session,
                    way,
                    at,
                    count,
                    at,
                    count,
                    one,
                    other
                )
            }
            _ => call!(functions, C_GetInfo, self.bytes().cast()),
        }
    }
}

/// A program that opens a session, finds a key and signs with it.
const SIGNS: &[u8] = &[
    2, 1, 7, 1, 2, 1, 17, 241, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 19, 241, 2, 1, 1,
    20, 241, 21, 241, 65, 16, 0, 0, 1, 242, 22, 241, 1, 11, 1, 30, 1,
];

#[test]
fn any_calls_in_any_order_have_an_answer() {
    let budget = Budget {
        steps: Line {
            fixed: 40_000,
            per_byte: 64,
        },
        memory: Line {
            fixed: 256 * 1024,
            per_byte: 64,
        },
        ..Budget::PLAIN
    };
    Target::new("pkcs11-functions")
        .seeds([SIGNS, &[0, 1, 2, 3], &[12, 241, 1, 1, 2, 22]])
        .budget(budget)
        .run(|input| {
            let loaded = Loaded::initialized();
            loaded.slots();
            let mut program = Program {
                functions: loaded.functions,
                steps: input.iter(),
                numbers: [1, 1, 1, 1],
                memory: [b'1'; 600],
                words: [0; 8],
                template: [CK_ATTRIBUTE {
                    type_: 0,
                    pValue: null_mut(),
                    ulValueLen: 0,
                }; 4],
                way: CK_MECHANISM {
                    mechanism: 0,
                    pParameter: null_mut(),
                    ulParameterLen: 0,
                },
            };
            let mut answers = Vec::new();
            while answers.len() < MOST && !program.steps.as_slice().is_empty() {
                answers.push(program.step());
            }
            answers
        });
}
