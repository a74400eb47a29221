/* ICE checks that say nothing new (RFC 8489, RFC 8445 §7.3), answered without Python, and those of
 * ours that ask for consent.
 *
 * A viewer's checks are the same for hours but for the transaction and the sums over all of it.
 * media/relay/ice.py has read and judged one; what differs from it in these only is answered here
 * if it is signed with our password. Everything else is Python's. media/relay/stun.py does the same
 * (Pattern, success) and is what this is compared with.
 */
#include "ear.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

enum {
    HEADER = 20,
    TRANSACTION = 8,
    INTEGRITY = 24,
    FINGERPRINT = 8,
    DRAWN = 8,                  /* random bytes of a transaction; the others are its mark */
    MOST_SIGNED = 512,          /* of an answer; what is longer is Python's */
    CHECKS_A_SECOND = 60,       /* as media.relay.ice.MOST_REQUESTS_A_SECOND */
};

static const uint8_t COOKIE[4] = {0x21, 0x12, 0xA4, 0x42};
static const uint8_t INTEGRITY_HEAD[4] = {0, 0x08, 0, DIGEST};
static const uint8_t FINGERPRINT_HEAD[4] = {0x80, 0x28, 0, 4};

static void put_fingerprint(uint8_t *at, const uint8_t *begin, size_t size) {
    memcpy(at, FINGERPRINT_HEAD, 4);
    put32(at + 4, checksum(begin, size) ^ 0x5354554E);
}

/* Whether the signature at a place is right: over what lies before, as if the message ended with it
 * (RFC 8489 §14.5). */
static int is_signed(const struct key *key, const uint8_t *data, size_t at) {
    uint8_t message[MOST_SIGNED];
    if (at > sizeof message)
        return 0;
    memcpy(message, data, at);
    put16(message + 2, (uint32_t)(at + INTEGRITY - HEADER));
    return has_signed(key, message, at, data + at + 4);
}

/* Whether there is a signature at a place, right or not, and behind it the right fingerprint. */
static int has_sums(const uint8_t *data, size_t at) {
    uint8_t fingerprint[FINGERPRINT];
    put_fingerprint(fingerprint, data, at + INTEGRITY);
    return memcmp(data + at, INTEGRITY_HEAD, 4) == 0 &&
           memcmp(data + at + INTEGRITY, fingerprint, FINGERPRINT) == 0;
}

/* Write signature and fingerprint behind a message that is complete but for them; its length. */
static size_t put_sums(const struct key *key, uint8_t *data, size_t at) {
    put16(data + 2, (uint32_t)(at + INTEGRITY - HEADER));
    memcpy(data + at, INTEGRITY_HEAD, 4);
    sign(key, data, at, data + at + 4);
    put16(data + 2, (uint32_t)(at + INTEGRITY + FINGERPRINT - HEADER));
    put_fingerprint(data + at + INTEGRITY, data, at + INTEGRITY);
    return at + INTEGRITY + FINGERPRINT;
}

/* Whether it differs from the check that is known in transaction and sums only. */
static int fits(const struct ear *ear, const uint8_t *data, size_t size) {
    size_t at = HEADER + ear->pattern_bytes;
    uint8_t begin[TRANSACTION] = {0, 1};
    if (!ear->pattern_bytes || ear->pattern_bytes > MOST_PATTERN ||
        size != at + INTEGRITY + FINGERPRINT)
        return 0;
    put16(begin + 2, (uint32_t)size - HEADER);
    memcpy(begin + 4, COOKIE, 4);
    return memcmp(data, begin, sizeof begin) == 0 &&
           memcmp(data + HEADER, ear->pattern, ear->pattern_bytes) == 0 && has_sums(data, at);
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
    return (int)put_sums(&ear->own_key, answer, at);
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
    if (!take_credit(&ear->checks, CHECKS_A_SECOND, now) ||
        !is_signed(&ear->own_key, data, HEADER + ear->pattern_bytes)) {
        ear->ignored++;
        return 0;
    }
    ear->heard_at = now;
    return put_answer(ear, data, address, answer);
}

/* Ask whether the viewer still wants what it is sent (RFC 7675): a check of ours, written for an
 * ear that has one to make; its length. */
size_t ask_consent(struct ear *ear, double now, uint8_t *check) {
    struct consent *consent = &ear->consent;
    uint8_t drawn[DRAWN + 1];
    if (consent->body_bytes > MOST_PATTERN || getrandom(drawn, sizeof drawn, 0) != sizeof drawn)
        return 0;
    memcpy(consent->transaction + sizeof consent->mark, drawn, DRAWN);
    memcpy(consent->transaction, consent->mark, sizeof consent->mark);
    consent->sent_at = now;
    /* At 0.8 to 1.2 times five seconds (§5.1), of which looking takes some. */
    consent->due = now + 4.0 + 1.7 * drawn[DRAWN] / 255;
    check[0] = 0, check[1] = 1;
    memcpy(check + 4, COOKIE, 4);
    memcpy(check + TRANSACTION, consent->transaction, sizeof consent->transaction);
    memcpy(check + HEADER, consent->body, consent->body_bytes);
    return put_sums(&ear->their_key, check, HEADER + consent->body_bytes);
}

/* Where the signature begins of a message that ends in signature and fingerprint; 0: it does not. */
static size_t place_of_sums(const uint8_t *data, size_t size) {
    if (size < HEADER + INTEGRITY + FINGERPRINT)
        return 0;
    size_t at = HEADER, end = size - INTEGRITY - FINGERPRINT;
    while (at < end) {
        size_t length = (size_t)data[at + 2] << 8 | data[at + 3];
        if (data[at] == INTEGRITY_HEAD[0] && data[at + 1] == INTEGRITY_HEAD[1])
            return 0;
        at += 4 + (length + 3) / 4 * 4;
    }
    return at == end ? at : 0;
}

int take_consent(struct ear *ear, const uint8_t *data, size_t size, double now) {
    struct consent *consent = &ear->consent;
    if (consent->sent_at == 0 || size < HEADER || data[0] != 1 || data[1] != 1 ||
        memcmp(data + TRANSACTION, consent->transaction, sizeof consent->transaction) != 0)
        return 0;
    uint8_t length[2];
    put16(length, (uint32_t)size - HEADER);
    size_t at = place_of_sums(data, size);
    if (!at || memcmp(data + 2, length, 2) != 0 || memcmp(data + 4, COOKIE, 4) != 0 ||
        !has_sums(data, at) || !is_signed(&ear->their_key, data, at))
        return 0;
    consent->rtt = now - consent->sent_at;
    consent->given_at = ear->heard_at = now;
    consent->sent_at = 0;
    return 1;
}

/* Know a password, of 64 bytes at most: ours, or the viewer's. */
void tingbo_ear_key(struct ear *ear, const uint8_t *password, uint32_t size, int is_ours) {
    begin_key(is_ours ? &ear->own_key : &ear->their_key, password, size);
}

/* Let nothing be left of it. */
void tingbo_ear_end(struct ear *ear) { explicit_bzero(ear, sizeof *ear); }

/* For whoever compares: as answer_check, ask_consent and take_consent do. */
int tingbo_ear_check(struct ear *ear, const uint8_t *data, uint32_t size, const uint8_t *address,
                     double now, uint8_t *answer) {
    return answer_check(ear, data, size, address, now, answer);
}

uint32_t tingbo_ear_ask(struct ear *ear, double now, uint8_t *check) {
    return (uint32_t)ask_consent(ear, now, check);
}

int tingbo_ear_consent(struct ear *ear, const uint8_t *data, uint32_t size, double now) {
    return take_consent(ear, data, size, now);
}
