/* ICE checks that say nothing new (RFC 8489, RFC 8445 §7.3), answered without Python.
 *
 * A viewer's checks are the same for hours but for the transaction and the sums over all of it.
 * media/relay/ice.py has read and judged one; what differs from it in these only is answered here
 * if it is signed with our password. Everything else is Python's. media/relay/stun.py does the same
 * (Pattern, success) and is what this is compared with.
 */
#include "ear.h"

#include <string.h>
#include <sys/socket.h>

enum {
    HEADER = 20,
    TRANSACTION = 8,
    INTEGRITY = 24,
    FINGERPRINT = 8,
    BLOCK = 64,
    DIGEST = 20,
    MOST_SIGNED = HEADER + MOST_PATTERN,
    CHECKS_A_SECOND = 60,       /* as media.relay.ice.MOST_REQUESTS_A_SECOND */
};

static const uint8_t COOKIE[4] = {0x21, 0x12, 0xA4, 0x42};
static const uint8_t INTEGRITY_HEAD[4] = {0, 0x08, 0, DIGEST};
static const uint8_t FINGERPRINT_HEAD[4] = {0x80, 0x28, 0, 4};

static uint32_t get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

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

static void sign(const struct ear *ear, const uint8_t *data, size_t size, uint8_t *signature) {
    uint8_t inner[DIGEST];
    finish(ear->inner, data, size, inner);
    finish(ear->outer, inner, sizeof inner, signature);
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

static int is_same(const uint8_t *one, const uint8_t *other, size_t size) {
    uint8_t differs = 0;
    for (size_t i = 0; i < size; i++)
        differs |= one[i] ^ other[i];
    return !differs;
}

/* CRC-32 of ISO 3309, half a byte at a time: its table stays in one line of the cache. */
static uint32_t checksum(const uint8_t *data, size_t size) {
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

static void put_fingerprint(uint8_t *at, const uint8_t *begin) {
    memcpy(at, FINGERPRINT_HEAD, 4);
    put32(at + 4, checksum(begin, (size_t)(at - begin)) ^ 0x5354554E);
}

/* Whether it differs from the check that is known in transaction and sums only. */
static int fits(const struct ear *ear, const uint8_t *data, size_t size) {
    size_t at = HEADER + ear->pattern_bytes, end = at + INTEGRITY;
    uint8_t begin[TRANSACTION] = {0, 1}, fingerprint[FINGERPRINT];
    if (!ear->pattern_bytes || ear->pattern_bytes > MOST_PATTERN || size != end + FINGERPRINT)
        return 0;
    put16(begin + 2, (uint32_t)size - HEADER);
    memcpy(begin + 4, COOKIE, 4);
    if (memcmp(data, begin, sizeof begin) != 0 ||
        memcmp(data + HEADER, ear->pattern, ear->pattern_bytes) != 0 ||
        memcmp(data + at, INTEGRITY_HEAD, 4) != 0)
        return 0;
    memcpy(fingerprint, FINGERPRINT_HEAD, 4);
    put32(fingerprint + 4, checksum(data, end) ^ 0x5354554E);
    return memcmp(data + end, fingerprint, FINGERPRINT) == 0;
}

static int is_signed(const struct ear *ear, const uint8_t *data) {
    uint8_t message[MOST_SIGNED], signature[DIGEST];
    size_t at = HEADER + ear->pattern_bytes;
    memcpy(message, data, at);
    /* Signed as if it ended with MESSAGE-INTEGRITY (RFC 8489 §14.5). */
    put16(message + 2, (uint32_t)(at + INTEGRITY - HEADER));
    sign(ear, message, at, signature);
    return is_same(signature, data + at + 4, DIGEST);
}

/* The address that a check came from, masked (RFC 8489 §14.2); its length. */
static size_t put_mapped(uint8_t *at, const uint8_t *address, const uint8_t *transaction) {
    uint8_t mask[16];
    sa_family_t family;
    memcpy(&family, address, sizeof family);
    size_t host = family == AF_INET ? 4 : 16;
    const uint8_t *from = address + (family == AF_INET ? 4 : 8);
    memcpy(mask, COOKIE, 4);
    memcpy(mask + 4, transaction, 12);
    put16(at, 0x0020);
    put16(at + 2, (uint32_t)host + 4);
    at[4] = 0;
    at[5] = family == AF_INET ? 1 : 2;
    at[6] = address[2] ^ COOKIE[0];
    at[7] = address[3] ^ COOKIE[1];
    for (size_t i = 0; i < host; i++)
        at[8 + i] = from[i] ^ mask[i];
    return 8 + host;
}

static int put_answer(const struct ear *ear, const uint8_t *data, const uint8_t *address,
                      uint8_t *answer) {
    answer[0] = answer[1] = 1;
    memcpy(answer + 4, data + 4, HEADER - 4);
    size_t at = HEADER + put_mapped(answer + HEADER, address, data + TRANSACTION);
    put16(answer + 2, (uint32_t)(at + INTEGRITY - HEADER));
    memcpy(answer + at, INTEGRITY_HEAD, 4);
    sign(ear, answer, at, answer + at + 4);
    put16(answer + 2, (uint32_t)(at + INTEGRITY + FINGERPRINT - HEADER));
    put_fingerprint(answer + at + INTEGRITY, answer);
    return (int)(at + INTEGRITY + FINGERPRINT);
}

int take_credit(struct credit *credit, double a_second, double now) {
    double passed = now > credit->at ? now - credit->at : 0;
    credit->left += passed * a_second;
    if (credit->left > a_second)
        credit->left = a_second;
    credit->at = now;
    if (credit->left < 1)
        return 0;
    credit->left -= 1;
    return 1;
}

int answer_check(struct ear *ear, const uint8_t *data, size_t size, const uint8_t *address,
                 double now, uint8_t *answer) {
    if (!fits(ear, data, size))
        return -1;
    if (!take_credit(&ear->checks, CHECKS_A_SECOND, now) || !is_signed(ear, data)) {
        ear->ignored++;
        return 0;
    }
    ear->heard_at = now;
    return put_answer(ear, data, address, answer);
}

/* Know our password, of 64 bytes at most. */
void tingbo_ear_key(struct ear *ear, const uint8_t *password, uint32_t size) {
    if (size > BLOCK)
        size = BLOCK;
    begin_half(ear->inner, password, size, 0x36);
    begin_half(ear->outer, password, size, 0x5C);
}

/* Let nothing be left of it. */
void tingbo_ear_end(struct ear *ear) { explicit_bzero(ear, sizeof *ear); }

/* For whoever compares: as answer_check does. */
int tingbo_ear_check(struct ear *ear, const uint8_t *data, uint32_t size, const uint8_t *address,
                     double now, uint8_t *answer) {
    return answer_check(ear, data, size, address, now, answer);
}
