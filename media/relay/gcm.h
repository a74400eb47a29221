/* SRTP with AES-GCM (RFC 7714) that keeps nothing between packets; see gcm.c. */
#ifndef TINGBO_GCM_H
#define TINGBO_GCM_H

#include <stddef.h>
#include <stdint.h>

enum { GCM_HEADER = 12, GCM_TAG = 16, GCM_MOST_PAYLOAD = 4000 };

/* A viewer's keys, spread out for use. All zero: none, and nothing can be encrypted. */
struct gcm {
    uint8_t round_keys[15][16];
    uint8_t powers[9][16];      /* of the hash key, the first power first */
    uint8_t salt[12];
    uint32_t rounds;            /* 10 or 14 */
};

size_t gcm_packet(const struct gcm *gcm, uint8_t *packet, const uint8_t *payload, size_t size,
                  uint64_t number);

#endif
