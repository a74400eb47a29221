/* SRTP with AES-GCM (RFC 7714), the payload copied and encrypted in one pass.
 *
 * A relay knows each packet's sequence number without bound, so the rollover counter is a shift and
 * nothing needs to be kept, looked up or moved from packet to packet. Whoever calls answers for the
 * one rule of GCM: under one number and SSRC never two different packets.
 *
 * AES-NI and PCLMULQDQ take the same time for all data; nothing here branches or indexes on keys or
 * payloads. Without them, and without AVX, tingbo_gcm_bytes tells 0 and libsrtp does the work.
 * GHASH follows Gueron and Kounavis, "Carry-Less Multiplication Instruction and its Usage for
 * Computing the GCM Mode" (2014): eight blocks for one reduction, with the hash key multiplied by x
 * beforehand, so that products of bit-reflected blocks need no shift.
 */
#include "gcm.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define FAST __attribute__((target("avx,aes,pclmul")))
#define PART static inline __attribute__((always_inline)) FAST

enum { BLOCK = 16, WIDE = 8, NORMAL_ROUNDS = 10, LONG_ROUNDS = 14 };

typedef __m128i block;

struct product {
    block low, middle, high;
};

PART block load(const void *from) { return _mm_loadu_si128((const block *)from); }

PART void store(void *to, block value) { _mm_storeu_si128((block *)to, value); }

PART block reversed(block value) {
    return _mm_shuffle_epi8(value, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

PART void multiply(struct product *sum, block one, block other) {
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(one, other, 0x00));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(one, other, 0x01));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(one, other, 0x10));
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(one, other, 0x11));
}

/* Modulo x^128 + x^127 + x^126 + x^121 + 1: the polynomial of GCM, reflected. */
PART block reduced(const struct product *sum) {
    block polynomial = _mm_set_epi64x(0, (long long)0xC200000000000000u);
    block middle = _mm_xor_si128(sum->middle, _mm_shuffle_epi32(sum->low, 0x4E));
    middle = _mm_xor_si128(middle, _mm_clmulepi64_si128(sum->low, polynomial, 0x00));
    block high = _mm_xor_si128(sum->high, _mm_shuffle_epi32(middle, 0x4E));
    return _mm_xor_si128(high, _mm_clmulepi64_si128(middle, polynomial, 0x00));
}

PART block encrypted(const struct gcm *gcm, block value, int rounds) {
    value = _mm_xor_si128(value, load(gcm->round_keys[0]));
    for (int round = 1; round < rounds; round++)
        value = _mm_aesenc_si128(value, load(gcm->round_keys[round]));
    return _mm_aesenclast_si128(value, load(gcm->round_keys[rounds]));
}

/* A payload has fewer than 254 blocks: of the counter only the last byte ever changes. */
PART block counter(uint32_t at) { return _mm_set_epi32((int)(at << 24), 0, 0, 0); }

/* Encrypt eight blocks; in the meantime hash the eight encrypted before, if there are. */
PART block crypt(const struct gcm *gcm, int rounds, block first, uint32_t at, const uint8_t *from,
                 uint8_t *to, const uint8_t *before, block hash) {
    block state[WIDE];
    struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    block whitened = _mm_xor_si128(first, load(gcm->round_keys[0]));
    block begin = counter(at);
#pragma GCC unroll 8
    for (int i = 0; i < WIDE; i++)
        state[i] = _mm_xor_si128(whitened, _mm_add_epi32(begin, counter(i)));
#pragma GCC unroll 14
    for (int round = 1; round < rounds; round++) {
        block key = load(gcm->round_keys[round]);
#pragma GCC unroll 8
        for (int i = 0; i < WIDE; i++)
            state[i] = _mm_aesenc_si128(state[i], key);
        if (before && round <= WIDE) {
            block hashed = reversed(load(before + (round - 1) * BLOCK));
            if (round == 1)
                hashed = _mm_xor_si128(hashed, hash);
            multiply(&sum, hashed, load(gcm->powers[WIDE - round]));
        }
    }
    block key = load(gcm->round_keys[rounds]);
#pragma GCC unroll 8
    for (int i = 0; i < WIDE; i++) {
        state[i] = _mm_aesenclast_si128(state[i], key);
        store(to + i * BLOCK, _mm_xor_si128(state[i], load(from + i * BLOCK)));
    }
    return before ? reduced(&sum) : hash;
}

/* Hash eight blocks. */
PART block hashed_eight(const struct gcm *gcm, const uint8_t *from, block hash) {
    struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
#pragma GCC unroll 8
    for (int i = 0; i < WIDE; i++) {
        block hashed = reversed(load(from + i * BLOCK));
        if (i == 0)
            hashed = _mm_xor_si128(hashed, hash);
        multiply(&sum, hashed, load(gcm->powers[WIDE - 1 - i]));
    }
    return reduced(&sum);
}

/* Hash up to eight blocks and the lengths. */
PART block hashed_rest(const struct gcm *gcm, const uint8_t *from, int count, size_t size,
                       block hash) {
    struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    for (; count > 0; count--, from += BLOCK) {
        multiply(&sum, _mm_xor_si128(reversed(load(from)), hash), load(gcm->powers[count]));
        hash = _mm_setzero_si128();
    }
    block lengths = _mm_set_epi64x(GCM_HEADER * 8, (long long)size * 8);
    multiply(&sum, _mm_xor_si128(lengths, hash), load(gcm->powers[0]));
    return reduced(&sum);
}

PART void seal(const struct gcm *gcm, int rounds, uint8_t *packet, const uint8_t *payload,
               size_t size, uint64_t number) {
    /* RFC 7714 §8.1: two zeros, SSRC, rollover counter, sequence number; the salt over all. */
    uint8_t vector[BLOCK] = {0}, header[BLOCK] = {0};
    uint32_t rollovers = __builtin_bswap32((uint32_t)(number >> 16));
    memcpy(header, packet, GCM_HEADER);
    memcpy(vector + 2, packet + 8, 4);
    memcpy(vector + 6, &rollovers, 4);
    memcpy(vector + 10, packet + 2, 2);
    for (int i = 0; i < 12; i++)
        vector[i] ^= gcm->salt[i];
    block first = load(vector);
    block mask = encrypted(gcm, _mm_xor_si128(first, counter(1)), rounds);
    struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    multiply(&sum, reversed(load(header)), load(gcm->powers[0]));
    block hash = reduced(&sum);
    uint8_t *to = packet + GCM_HEADER;
    const uint8_t *before = NULL;
    size_t rest = size;
    uint32_t at = 2;
    for (; rest >= WIDE * BLOCK; rest -= WIDE * BLOCK) {
        if (before)
            hash = crypt(gcm, rounds, first, at, payload, to, before, hash);
        else
            crypt(gcm, rounds, first, at, payload, to, NULL, hash);
        before = to;
        at += WIDE, payload += WIDE * BLOCK, to += WIDE * BLOCK;
    }
    /* Eight blocks at once take hardly longer than one: what is left is filled up. */
    uint8_t last[WIDE * BLOCK];
    if (rest) {
        memset(last, 0, sizeof last);
        memcpy(last, payload, rest);
        if (before)
            hash = crypt(gcm, rounds, first, at, last, last, before, hash);
        else
            crypt(gcm, rounds, first, at, last, last, NULL, hash);
        memcpy(to, last, rest);
        memset(last + rest, 0, sizeof last - rest);
    } else if (before) {
        hash = hashed_eight(gcm, before, hash);
    }
    hash = hashed_rest(gcm, last, (int)((rest + BLOCK - 1) / BLOCK), size, hash);
    store(to + rest, _mm_xor_si128(reversed(hash), mask));
}

FAST static void seal_128(const struct gcm *gcm, uint8_t *packet, const uint8_t *payload,
                          size_t size, uint64_t number) {
    seal(gcm, NORMAL_ROUNDS, packet, payload, size, number);
}

FAST static void seal_256(const struct gcm *gcm, uint8_t *packet, const uint8_t *payload,
                          size_t size, uint64_t number) {
    seal(gcm, LONG_ROUNDS, packet, payload, size, number);
}

/* A word of the key schedule's SubWord (FIPS 197 §5.2), by the instruction made for it. */
FAST static uint32_t substituted(uint32_t word) {
    block value = _mm_set1_epi32((int)word);
    return (uint32_t)_mm_cvtsi128_si32(_mm_aeskeygenassist_si128(value, 0));
}

FAST static void expand(struct gcm *gcm, const uint8_t *key, uint32_t key_bytes) {
    uint32_t words[60], length = key_bytes / 4, constant = 1;
    gcm->rounds = key_bytes == 16 ? NORMAL_ROUNDS : LONG_ROUNDS;
    memcpy(words, key, key_bytes);
    for (uint32_t i = length; i < 4 * (gcm->rounds + 1); i++) {
        uint32_t word = words[i - 1];
        if (i % length == 0) {
            word = substituted(word);
            word = (word >> 8 | word << 24) ^ constant;
            constant = constant << 1 ^ (constant >> 7) * 0x11B;
        } else if (length == 8 && i % length == 4) {
            word = substituted(word);
        }
        words[i] = words[i - length] ^ word;
    }
    memcpy(gcm->round_keys, words, 16 * (gcm->rounds + 1));
    explicit_bzero(words, sizeof words);
}

/* The hash key times x, reflected: see above. */
FAST static void raise_powers(struct gcm *gcm) {
    int rounds = (int)gcm->rounds;
    block key = reversed(encrypted(gcm, _mm_setzero_si128(), rounds));
    block carries = _mm_srai_epi32(_mm_shuffle_epi32(key, 0xD3), 31);
    block over = _mm_set_epi64x((long long)0xC200000000000001u, 1);
    key = _mm_xor_si128(_mm_add_epi64(key, key), _mm_and_si128(carries, over));
    block power = key;
    store(gcm->powers[0], power);
    for (int i = 1; i <= WIDE; i++) {
        struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        multiply(&sum, power, key);
        power = reduced(&sum);
        store(gcm->powers[i], power);
    }
}

static int is_able(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx") && __builtin_cpu_supports("aes") &&
           __builtin_cpu_supports("pclmul");
}
#else
static int is_able(void) { return 0; }
#endif

/* How many bytes a viewer's keys take; 0 where this processor lacks the instructions. */
uint32_t tingbo_gcm_bytes(void) { return is_able() ? sizeof(struct gcm) : 0; }

/* Spread out a session's key, of 16 or 32 bytes, and salt, of 12. Only where able. */
void tingbo_gcm_begin(struct gcm *gcm, const uint8_t *key, uint32_t key_bytes, const uint8_t *salt) {
    memset(gcm, 0, sizeof *gcm);
#if defined(__x86_64__)
    expand(gcm, key, key_bytes);
    raise_powers(gcm);
    memcpy(gcm->salt, salt, sizeof gcm->salt);
#else
    (void)key, (void)key_bytes, (void)salt;
#endif
}

/* Let nothing be left of the keys; who would still use them encrypts nothing. */
void tingbo_gcm_end(struct gcm *gcm) { explicit_bzero(gcm, sizeof *gcm); }

/* Write payload and tag behind a header of twelve bytes, as the packet of that number without
 * bound; the payload may lie there already. Returns the packet's length, 0: refused. */
size_t gcm_packet(const struct gcm *gcm, uint8_t *packet, const uint8_t *payload, size_t size,
                  uint64_t number) {
    if (size > GCM_MOST_PAYLOAD || number >> 48)
        return 0;
#if defined(__x86_64__)
    if (gcm->rounds == NORMAL_ROUNDS)
        seal_128(gcm, packet, payload, size, number);
    else if (gcm->rounds == LONG_ROUNDS)
        seal_256(gcm, packet, payload, size, number);
    else
        return 0;
    return GCM_HEADER + size + GCM_TAG;
#else
    (void)gcm, (void)packet, (void)payload;
    return 0;
#endif
}

/* The same for one packet in place; its room has to be 16 bytes longer. */
uint32_t tingbo_gcm_protect(const struct gcm *gcm, uint8_t *packet, uint32_t length,
                            uint64_t number) {
    if (length < GCM_HEADER)
        return 0;
    return (uint32_t)gcm_packet(gcm, packet, packet + GCM_HEADER, length - GCM_HEADER, number);
}
