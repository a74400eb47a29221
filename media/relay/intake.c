/* What arrives at the port, read in batches: what is usual is done with here, the rest is Python's.
 *
 * A viewer is known by the address that its media go to, and only there is anything usual: a check
 * that says nothing new is answered (check.c), a report that all is well is noted (report.c). Those
 * heard here are also asked whether they still want what they are sent.
 * Handshakes, strangers, other checks, requests and whatever is odd are handed on as they came, or
 * decrypted where that was done already. media/relay/port.py does all of it without this.
 */
#define _GNU_SOURCE
#include "ear.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    BATCH = 32,
    MOST_BYTES = 2048,
    ADDRESS = 28,               /* of sockaddr_in6, the larger one */
    DATAGRAMS_A_SECOND = 1000,  /* as media.relay.connection: more is not worth decrypting */
    LEAST_ROOM = 64,
    MOST_ERRORS = 16,
};

#define ASK_SECONDS 0.25

enum { RAW, PLAIN };

typedef int (*unprotect_function)(void *context, void *packet, int *length);

struct entry {
    uint8_t address[ADDRESS];
    struct ear *ear;
};

/* What is Python's. media/relay/intake.py declares the same, and the counts. */
struct piece {
    const uint8_t *data;
    uint64_t number;            /* of the ear whose it is, where it was decrypted */
    uint32_t size, kind;
    uint8_t address[ADDRESS];
    uint32_t unused;
};

struct counts {
    uint64_t answered, noted, unwanted, not_authentic, flood, unsent;
};

struct intake {
    unprotect_function unprotect;
    struct entry *entries;      /* by address */
    uint32_t count, room;
    double asked_at;
    struct counts counts;
    struct piece pieces[BATCH];
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    union {
        struct sockaddr_in6 six;
        uint8_t bytes[ADDRESS];
    } addresses[BATCH];
    uint8_t bytes[BATCH][MOST_BYTES] __attribute__((aligned(16)));
};

/* Bytes that are equal if the address is: a flow label says nothing, what is short ends in zeros. */
static void as_key(uint8_t *key, const uint8_t *address) {
    sa_family_t family;
    memcpy(&family, address, sizeof family);
    memcpy(key, address, ADDRESS);
    if (family == AF_INET)
        memset(key + 8, 0, ADDRESS - 8);
    else
        memset(key + 4, 0, 4);
}

/* Where an address is in the table, or would have to be. */
static uint32_t place_of(const struct intake *intake, const uint8_t *key) {
    uint32_t low = 0, high = intake->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (memcmp(intake->entries[middle].address, key, ADDRESS) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct ear *find(const struct intake *intake, const uint8_t *address) {
    uint8_t key[ADDRESS];
    as_key(key, address);
    uint32_t at = place_of(intake, key);
    if (at < intake->count && memcmp(intake->entries[at].address, key, ADDRESS) == 0)
        return intake->entries[at].ear;
    return NULL;
}

struct intake *tingbo_intake_new(unprotect_function unprotect) {
    struct intake *intake = calloc(1, sizeof *intake);
    if (!intake)
        return NULL;
    intake->unprotect = unprotect;
    for (int i = 0; i < BATCH; i++) {
        intake->parts[i] = (struct iovec){intake->bytes[i], MOST_BYTES};
        intake->messages[i].msg_hdr.msg_iov = &intake->parts[i];
        intake->messages[i].msg_hdr.msg_iovlen = 1;
        intake->messages[i].msg_hdr.msg_name = intake->addresses[i].bytes;
    }
    return intake;
}

void tingbo_intake_free(struct intake *intake) {
    free(intake->entries);
    free(intake);
}

/* Hear a viewer at an address (28 bytes), and nobody else there; 0: there is no memory. */
int tingbo_intake_put(struct intake *intake, const uint8_t *address, struct ear *ear) {
    uint8_t key[ADDRESS];
    as_key(key, address);
    uint32_t at = place_of(intake, key);
    if (at == intake->count || memcmp(intake->entries[at].address, key, ADDRESS) != 0) {
        if (intake->count == intake->room) {
            uint32_t room = intake->room ? 2 * intake->room : LEAST_ROOM;
            struct entry *entries = realloc(intake->entries, room * sizeof *entries);
            if (!entries)
                return 0;
            intake->entries = entries;
            intake->room = room;
        }
        memmove(intake->entries + at + 1, intake->entries + at,
                (intake->count - at) * sizeof *intake->entries);
        intake->count++;
        memcpy(intake->entries[at].address, key, ADDRESS);
    }
    intake->entries[at].ear = ear;
    return 1;
}

/* Hear nobody at an address any more. */
void tingbo_intake_drop(struct intake *intake, const uint8_t *address) {
    uint8_t key[ADDRESS];
    as_key(key, address);
    uint32_t at = place_of(intake, key);
    if (at == intake->count || memcmp(intake->entries[at].address, key, ADDRESS) != 0)
        return;
    intake->count--;
    memmove(intake->entries + at, intake->entries + at + 1,
            (intake->count - at) * sizeof *intake->entries);
}

/* Ask those for consent whose time it is. Looked at some times a second. */
static void ask_around(struct intake *intake, int descriptor, double now) {
    uint8_t check[MOST_CHECK];
    if (now < intake->asked_at + ASK_SECONDS)
        return;
    intake->asked_at = now;
    for (uint32_t i = 0; i < intake->count; i++) {
        const struct entry *entry = &intake->entries[i];
        if (entry->ear->consent.due == 0 || now < entry->ear->consent.due)
            continue;
        sa_family_t family;
        memcpy(&family, entry->address, sizeof family);
        socklen_t room = family == AF_INET ? sizeof(struct sockaddr_in) : ADDRESS;
        size_t length = ask_consent(entry->ear, now, check);
        if (length && sendto(descriptor, check, length, MSG_DONTWAIT | MSG_NOSIGNAL,
                             (const struct sockaddr *)entry->address, room) < 0)
            intake->counts.unsent++;
    }
}

/* Answer a check, or take an answer, if it is usual; 0: it is Python's. */
static int take_check(struct intake *intake, struct ear *ear, int descriptor, int i, size_t size,
                      double now) {
    uint8_t answer[MOST_ANSWER];
    const struct msghdr *head = &intake->messages[i].msg_hdr;
    int length = answer_check(ear, intake->bytes[i], size, head->msg_name, now, answer);
    if (length < 0)
        return take_consent(ear, intake->bytes[i], size, now);
    if (length > 0) {
        ssize_t sent = sendto(descriptor, answer, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL,
                              head->msg_name, head->msg_namelen);
        if (sent < 0)
            intake->counts.unsent++;
        intake->counts.answered++;
    }
    return 1;
}

/* Note a report if it is usual; 0: it is Python's, decrypted and so long. */
static int take_report(struct intake *intake, struct ear *ear, uint8_t *data, size_t *size,
                       double now) {
    int length = (int)*size;
    if (!take_credit(&ear->datagrams, DATAGRAMS_A_SECOND, now)) {
        intake->counts.flood++;
    } else if (length < 2 || data[1] < 192 || data[1] >= 224) { /* RFC 5761 §4 */
        intake->counts.unwanted++;
    } else if (intake->unprotect(ear->srtp, data, &length) != 0) {
        intake->counts.not_authentic++;
    } else {
        ear->heard_at = now;
        *size = (size_t)length;
        if (!note_reports(ear, data, *size, now))
            return 0;
        intake->counts.noted++;
    }
    return 1;
}

static int is_done(struct intake *intake, int descriptor, int i, double now, struct piece *piece) {
    size_t size = intake->messages[i].msg_len;
    uint8_t *data = intake->bytes[i];
    const uint8_t *address = intake->addresses[i].bytes;
    struct ear *ear = size > 0 ? find(intake, address) : NULL;
    int done = 0;
    *piece = (struct piece){.data = data, .kind = RAW};
    if (ear && data[0] < 4) {
        done = take_check(intake, ear, descriptor, i, size, now);
    } else if (ear && ear->srtp && data[0] >= 128 && data[0] < 192) {
        done = take_report(intake, ear, data, &size, now);
        piece->kind = PLAIN;
        piece->number = ear->number;
    }
    piece->size = (uint32_t)size;
    memcpy(piece->address, address, ADDRESS);
    return done;
}

static int receive(struct intake *intake, int descriptor) {
    for (int i = 0; i < BATCH; i++) {
        intake->messages[i].msg_hdr.msg_namelen = ADDRESS;
        intake->messages[i].msg_hdr.msg_flags = 0;
        memset(intake->addresses[i].bytes, 0, ADDRESS);
    }
    for (int tries = 0; tries < MOST_ERRORS; tries++) {
        int found = recvmmsg(descriptor, intake->messages, BATCH, MSG_DONTWAIT, NULL);
        if (found >= 0)
            return found;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        /* else an ICMP error of what was sent before */
    }
    return 0;
}

/* Read a batch and do what is usual. Returns how many datagrams came, and writes how many of them
 * are Python's: their pieces are valid until the next call. */
uint32_t tingbo_intake_read(struct intake *intake, int descriptor, uint32_t *left) {
    struct timespec time;
    int found = receive(intake, descriptor);
    *left = 0;
    clock_gettime(CLOCK_MONOTONIC, &time);
    double now = (double)time.tv_sec + (double)time.tv_nsec / 1e9;
    for (int i = 0; i < found; i++)
        if (!is_done(intake, descriptor, i, now, &intake->pieces[*left]))
            ++*left;
    ask_around(intake, descriptor, now);
    return (uint32_t)found;
}

const struct piece *tingbo_intake_pieces(const struct intake *intake) { return intake->pieces; }

const struct counts *tingbo_intake_counts(const struct intake *intake) { return &intake->counts; }

/* The most datagrams of a read, and the sizes of the structures: a file of another version. */
uint64_t tingbo_intake_layout(void) {
    return (uint64_t)BATCH << 48 | (uint64_t)sizeof(struct counts) << 32 |
           (uint64_t)sizeof(struct ear) << 16 | sizeof(struct piece);
}
