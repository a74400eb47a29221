/* The fan-out's inner loop: header, SRTP in place and send, for all viewers of a frame.
 *
 * libc only: a viewer whose keys are spread out (gcm.c) is served by these; for the others
 * srtp_protect comes in as a pointer, so that neither libsrtp's headers nor its library are needed
 * here. media/relay/fanout.py does the same in Python and is what runs without this. The structures
 * are declared a second time in media/relay/target.py and native.py.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#include "gcm.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    HEADER = 12,
    TRAILER = 144,          /* the most that SRTP may add (SRTP_MAX_TRAILER_LEN) */
    MOST_MESSAGES = 64,
    MOST_SEGMENTS = 48,     /* of the kernel's 64 */
    MOST_RUN = 62000,       /* a datagram's length must fit 16 bits before it is cut */
    FLUSH = 49152,          /* what waits stays in the second-level cache */
    SCRATCH = FLUSH + MOST_RUN + 4096,
    LARGEST_PACKET = 4096,
    PATIENCE_MS = 20,       /* for a network card, in one call */
};

struct target {
    void *srtp;
    const struct gcm *gcm;  /* if there, srtp is never used for media: one way for each number */
    uint64_t packets, octets, dropped;
    int64_t number_offset;
    uint32_t ssrc, timestamp_offset;
    int32_t descriptor;
    uint8_t payload_type, address_bytes, address[28];
};

struct frame {
    const uint8_t *payloads;
    const uint32_t *offsets;
    uint64_t first;         /* number of the frame's first packet, without bound */
    uint32_t start, stop;   /* places of packets in the frame */
    uint32_t timestamp;
    uint32_t marked;        /* place of the packet with the marker bit */
    uint32_t step;          /* from one packet's timestamp to the next one's */
    uint32_t padded;        /* a bit for each packet that ends in RTP padding */
};

typedef int (*protect_function)(void *context, void *packet, int *length);

struct waiting {
    struct target *target;
    uint32_t packets, octets;
};

struct sender {
    protect_function protect;
    const struct frame *frame;
    int segment, failure, descriptor, count, patience;
    size_t used;
    struct mmsghdr messages[MOST_MESSAGES];
    struct iovec pieces[MOST_MESSAGES];
    struct waiting waiting[MOST_MESSAGES];
    union {
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } controls[MOST_MESSAGES];
    uint8_t scratch[SCRATCH];
};

static void count_sent(const struct waiting *one) {
    one->target->packets += one->packets;
    one->target->octets += one->octets;
}

static int milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)(now.tv_sec % 100000 * 1000 + now.tv_nsec / 1000000);
}

/* Wait until the card has taken half of what the socket holds; 0 when patience is at its end. */
static int wait_for_room(struct sender *sender) {
    if (sender->patience <= 0)
        return 0;
    struct pollfd socket = {.fd = sender->descriptor, .events = POLLOUT};
    int began = milliseconds();
    int ready = poll(&socket, 1, sender->patience);
    int passed = milliseconds() - began;
    sender->patience -= passed > 0 ? passed : 1;
    return ready > 0 && (socket.revents & POLLOUT);
}

/* Hand over what waits. Where the socket stays full the rest is dropped. */
static void flush(struct sender *sender) {
    int done = 0;
    while (done < sender->count) {
        int sent = sendmmsg(sender->descriptor, sender->messages + done, sender->count - done,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        for (int i = 0; i < sent; i++)
            count_sent(&sender->waiting[done + i]);
        if (sent > 0) {
            done += sent;
            continue;
        }
        int is_full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
        if (is_full && errno != ENOBUFS && wait_for_room(sender))
            continue;
        if (!is_full)
            sender->failure = errno;
        int stop = is_full ? sender->count : done + 1;
        for (; done < stop; done++)
            sender->waiting[done].target->dropped += sender->waiting[done].packets;
    }
    sender->count = 0;
    sender->used = 0;
}

/* Write one packet behind what waits; its length, or 0 when SRTP refuses. */
static size_t write_packet(struct sender *sender, const struct target *target, uint32_t place) {
    const struct frame *frame = sender->frame;
    uint32_t size = frame->offsets[place + 1] - frame->offsets[place];
    uint8_t *packet = sender->scratch + sender->used;
    uint64_t whole = frame->first + place + (uint64_t)target->number_offset;
    uint16_t number = htons((uint16_t)whole);
    uint32_t timestamp = htonl(frame->timestamp + place * frame->step + target->timestamp_offset);
    uint32_t ssrc = htonl(target->ssrc);
    packet[0] = place < 32 && frame->padded >> place & 1 ? 0xA0 : 0x80;
    packet[1] = target->payload_type | (place == frame->marked ? 0x80 : 0);
    memcpy(packet + 2, &number, 2);
    memcpy(packet + 4, &timestamp, 4);
    memcpy(packet + 8, &ssrc, 4);
    const uint8_t *payload = frame->payloads + frame->offsets[place];
    if (target->gcm)
        return gcm_packet(target->gcm, packet, payload, size, whole);
    memcpy(packet + HEADER, payload, size);
    int length = (int)(HEADER + size);
    if (sender->protect(target->srtp, packet, &length) != 0)
        return 0;
    return (size_t)length;
}

static void put_message(struct sender *sender, struct target *target, uint8_t *at, size_t length,
                        size_t segment, uint32_t packets, uint32_t octets) {
    int i = sender->count++;
    struct msghdr *head = &sender->messages[i].msg_hdr;
    memset(head, 0, sizeof *head);
    sender->pieces[i].iov_base = at;
    sender->pieces[i].iov_len = length;
    head->msg_name = target->address;
    head->msg_namelen = target->address_bytes;
    head->msg_iov = &sender->pieces[i];
    head->msg_iovlen = 1;
    sender->waiting[i] = (struct waiting){target, packets, octets};
    if (packets > 1) {
        uint16_t size = (uint16_t)segment;
        head->msg_control = sender->controls[i].bytes;
        head->msg_controllen = sizeof sender->controls[i].bytes;
        struct cmsghdr *control = CMSG_FIRSTHDR(head);
        control->cmsg_level = SOL_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof size);
        memcpy(CMSG_DATA(control), &size, sizeof size);
    }
}

/* Write packets from a place on that can go out in one message; the place that follows them. */
static uint32_t put_run(struct sender *sender, struct target *target, uint32_t place) {
    const struct frame *frame = sender->frame;
    uint8_t *begin = sender->scratch + sender->used;
    size_t total = 0, segment = 0;
    uint32_t packets = 0, octets = 0;
    while (place < frame->stop) {
        size_t length = write_packet(sender, target, place);
        uint32_t size = frame->offsets[place + 1] - frame->offsets[place];
        if (length == 0) {
            target->dropped++;
            place++;
            break;
        }
        if (packets == 0)
            segment = length;
        sender->used += length;
        total += length;
        octets += size;
        packets++;
        place++;
        uint32_t next = place < frame->stop ? frame->offsets[place + 1] - frame->offsets[place] : 0;
        if (!sender->segment || length < segment || packets == MOST_SEGMENTS || next > size ||
            total + segment > MOST_RUN)
            break;
    }
    if (packets > 0)
        put_message(sender, target, begin, total, segment, packets, octets);
    return place;
}

/* Fetch what the next but one and the next viewer need while this one's packets are made. */
static void fetch_ahead(struct target *const *next, struct target *const *after, uint32_t loads) {
    for (uint32_t k = 0; k < loads; k++) {
        if (after[k])
            for (size_t at = 0; at < sizeof(struct target); at += 64)
                __builtin_prefetch((const uint8_t *)after[k] + at, 1);
        if (next[k] && next[k]->gcm)
            for (size_t at = 0; at < sizeof(struct gcm); at += 64)
                __builtin_prefetch((const uint8_t *)next[k]->gcm + at);
    }
}

static void put_frame(struct sender *sender, struct target *target, const struct frame *frame) {
    sender->frame = frame;
    if (sender->count > 0 && target->descriptor != sender->descriptor)
        flush(sender);
    sender->descriptor = target->descriptor;
    for (uint32_t place = frame->start; place < frame->stop;) {
        if (sender->used > FLUSH || sender->count == MOST_MESSAGES)
            flush(sender);
        place = put_run(sender, target, place);
    }
}

/* Send places [start, stop) of some frames, one after the other to each viewer while its keys and
 * its way through the kernel are warm.
 *
 * Each viewer has a row of as many targets as there are frames, 0 where it does not get one. The
 * first row is another one by turns. segment: whether the kernel may be asked to cut. Returns 0, or
 * the errno of a failure that is not a full socket (EIO and EINVAL mean that this route cannot cut).
 */
int tingbo_fanout(protect_function protect, const struct frame *frames, uint32_t loads,
                  struct target *const *rows, uint32_t count, uint32_t turn, int segment) {
    static __thread struct sender sender;
    sender.protect = protect;
    sender.segment = segment;
    sender.failure = sender.count = 0;
    sender.used = 0;
    sender.patience = PATIENCE_MS;
    for (uint32_t k = 0; k < loads; k++)
        for (uint32_t place = frames[k].start; place < frames[k].stop; place++)
            if (frames[k].offsets[place + 1] - frames[k].offsets[place] + HEADER + TRAILER >
                LARGEST_PACKET)
                return EMSGSIZE;
    for (uint32_t i = 0; i < count; i++) {
        struct target *const *row = rows + (size_t)((i + turn) % count) * loads;
        fetch_ahead(rows + (size_t)((i + turn + 1) % count) * loads,
                    rows + (size_t)((i + turn + 2) % count) * loads, loads);
        for (uint32_t k = 0; k < loads; k++)
            if (row[k])
                put_frame(&sender, row[k], &frames[k]);
    }
    flush(&sender);
    return sender.failure;
}

/* Lets the loader refuse a file that was built from another version of the structures. */
uint32_t tingbo_fanout_layout(void) {
    return (uint32_t)(sizeof(struct target) << 16 | sizeof(struct frame));
}
