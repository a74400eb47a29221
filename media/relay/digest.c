/* SHA-1, HMAC with it (RFC 2104) and CRC-32, for STUN's sums over a message (RFC 8489 §14.5, §14.7).
 *
 * Small messages, a few a second from each viewer: nothing is gained by more than this. The tests
 * compare it with what OpenSSL and zlib make of the same.
 */
#include "digest.h"

#include <string.h>

enum { BLOCK = 64 };

static uint32_t turned(uint32_t value, int by) { return value << by | value >> (32 - by); }

/* One block of SHA-1 (RFC 3174 §6.1). */
static void compress(uint32_t state[5], const uint8_t *block) {
    uint32_t words[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++)
        words[i] = get32(block + 4 * i);
    for (int i = 16; i < 80; i++)
        words[i] = turned(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t mixed = i < 20   ? ((b & c) | (~b & d)) + 0x5A827999
                         : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                         : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                                  : (b ^ c ^ d) + 0xCA62C1D6;
        uint32_t next = turned(a, 5) + mixed + e + words[i];
        e = d, d = c, c = turned(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* The digest of a block that is in the state already, and of what follows it. */
static void finish(const uint32_t begun[5], const uint8_t *data, size_t size, uint8_t *digest) {
    uint32_t state[5];
    uint8_t last[2 * BLOCK] = {0};
    memcpy(state, begun, sizeof state);
    size_t whole = size / BLOCK * BLOCK, rest = size - whole;
    for (size_t at = 0; at < whole; at += BLOCK)
        compress(state, data + at);
    memcpy(last, data + whole, rest);
    last[rest] = 0x80;
    size_t padded = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
    put32(last + padded - 4, (uint32_t)(BLOCK + size) * 8);
    for (size_t at = 0; at < padded; at += BLOCK)
        compress(state, last + at);
    for (int i = 0; i < 5; i++)
        put32(digest + 4 * i, state[i]);
}

void sign(const struct key *key, const uint8_t *data, size_t size, uint8_t *signature) {
    uint8_t inner[DIGEST];
    finish(key->inner, data, size, inner);
    finish(key->outer, inner, sizeof inner, signature);
}

static void begin_half(uint32_t state[5], const uint8_t *password, size_t size, uint8_t pad) {
    static const uint32_t FIRST[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t block[BLOCK];
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < size; i++)
        block[i] ^= password[i];
    memcpy(state, FIRST, sizeof FIRST);
    compress(state, block);
    explicit_bzero(block, sizeof block);
}

int has_signed(const struct key *key, const uint8_t *data, size_t size, const uint8_t *signature) {
    uint8_t own[DIGEST], differs = 0;
    sign(key, data, size, own);
    for (size_t i = 0; i < DIGEST; i++)
        differs |= own[i] ^ signature[i];
    return !differs;
}

void begin_key(struct key *key, const uint8_t *password, size_t size) {
    if (size > BLOCK)
        size = BLOCK;
    begin_half(key->inner, password, size, 0x36);
    begin_half(key->outer, password, size, 0x5C);
}

/* CRC-32 of ISO 3309, half a byte at a time: its table stays in one line of the cache. */
uint32_t checksum(const uint8_t *data, size_t size) {
    static const uint32_t TABLE[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    uint32_t sum = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        sum ^= data[i];
        sum = sum >> 4 ^ TABLE[sum & 15];
        sum = sum >> 4 ^ TABLE[sum & 15];
    }
    return ~sum;
}
