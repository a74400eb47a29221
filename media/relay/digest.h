/* Sums over STUN messages; see digest.c. */
#ifndef TINGBO_DIGEST_H
#define TINGBO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST = 20 };

/* A password of 64 bytes at most, ready to sign with: HMAC-SHA1 begun twice. */
struct key {
    uint32_t inner[5], outer[5];
};

void begin_key(struct key *key, const uint8_t *password, size_t size);
void sign(const struct key *key, const uint8_t *data, size_t size, uint8_t *signature);
int has_signed(const struct key *key, const uint8_t *data, size_t size, const uint8_t *signature);
uint32_t checksum(const uint8_t *data, size_t size);

static inline uint32_t get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void put32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static inline void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

#endif
