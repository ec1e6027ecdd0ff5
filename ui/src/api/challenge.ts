/** The challenge that a visitor who asked too often must solve: a number whose SM3 with the server's text begins with zeros. */
import type { Challenge } from './types'

const rotate = (x: number, n: number) => (x << (n & 31)) | (x >>> (32 - (n & 31)))
const p0 = (x: number) => x ^ rotate(x, 9) ^ rotate(x, 17)
const p1 = (x: number) => x ^ rotate(x, 15) ^ rotate(x, 23)

/** SM3 (GB/T 32905) of bytes, as eight words. */
export function sm3(bytes: Uint8Array): Uint32Array {
  const length = bytes.length
  const padded = new Uint8Array(((length + 8) >> 6) * 64 + 64)
  padded.set(bytes)
  padded[length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(length / 0x20000000))
  view.setUint32(padded.length - 4, (length << 3) >>> 0)
  const state = new Uint32Array([0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e])
  const w = new Uint32Array(68)
  for (let block = 0; block < padded.length; block += 64) {
    for (let j = 0; j < 16; j++) w[j] = view.getUint32(block + j * 4)
    for (let j = 16; j < 68; j++) w[j] = p1(w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)) ^ rotate(w[j - 13], 7) ^ w[j - 6]
    let [a, b, c, d, e, f, g, h] = state
    for (let j = 0; j < 64; j++) {
      const early = j < 16
      const s1 = rotate((rotate(a, 12) + e + rotate(early ? 0x79cc4519 : 0x7a879d8a, j % 32)) | 0, 7)
      const s2 = s1 ^ rotate(a, 12)
      const t1 = ((early ? a ^ b ^ c : (a & b) | (a & c) | (b & c)) + d + s2 + (w[j] ^ w[j + 4])) | 0
      const t2 = ((early ? e ^ f ^ g : (e & f) | (~e & g)) + h + s1 + w[j]) | 0
      d = c
      c = rotate(b, 9)
      b = a
      a = t1
      h = g
      g = rotate(f, 19)
      f = e
      e = p0(t2)
    }
    const next = [a, b, c, d, e, f, g, h]
    for (let j = 0; j < 8; j++) state[j] ^= next[j]
  }
  return state
}

/** The answer: the challenge, a colon, the number. Gives the page its turn now and then. */
export async function solve({ challenge, bits }: Challenge): Promise<string> {
  const text = new TextEncoder()
  for (let n = 0; ; n++) {
    const answer = `${challenge}:${n}`
    if (Math.clz32(sm3(text.encode(answer))[0]) >= bits) return answer
    if (n % 2_000 === 1_999) await new Promise((wake) => setTimeout(wake))
  }
}
