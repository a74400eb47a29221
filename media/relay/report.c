/* RTCP that says that all is well (RFC 3550 §6.4), noted without Python.
 *
 * A viewer reports some times a second, for hours, that nothing is missing. That is noted here, and
 * read when somebody wants to know. A compound packet with anything else in it (something was lost,
 * is asked for, or is malformed) is Python's, whole: media/relay/rtcp.py reads all of RTCP.
 */
#include "ear.h"

#include <string.h>

enum {
    HEAD = 4,
    BLOCK = 24,
    MOST_BLOCKS = 16,           /* as media.relay.rtcp: more is malformed */
    SENDER_REPORT = 200,
    RECEIVER_REPORT = 201,
    TRANSPORT_FEEDBACK = 205,
    PICTURE_FEEDBACK = 206,
    NACK = 1,
    PICTURE_LOSS = 1,
    FULL_INTRA = 4,
    APPLICATION = 15,
};

struct said {
    struct report reports[MOST_MEDIA];
    uint64_t estimate;
    int has_estimate, blocks;
};

static int read_block(const struct ear *ear, const uint8_t *block, double now, struct said *said) {
    uint32_t ssrc = get32(block), lost = get32(block + 4);
    for (uint32_t i = 0; i < ear->media && i < MOST_MEDIA; i++) {
        struct report *report = &said->reports[i];
        if (report->ssrc != ssrc)
            continue;
        if (lost >> 24)
            return 0;
        report->at = now;
        report->count++;
        report->lost = (int32_t)(lost & 0xFFFFFF) - (int32_t)((lost & 0x800000) << 1);
        report->last_report = get32(block + 16);
        report->since_report = get32(block + 20);
    }
    return 1;
}

static int read_blocks(const struct ear *ear, const uint8_t *at, const uint8_t *end, int count,
                       double now, struct said *said) {
    for (; count > 0; count--, at += BLOCK)
        if (end - at < BLOCK || said->blocks++ >= MOST_BLOCKS || !read_block(ear, at, now, said))
            return 0;
    return 1;
}

/* draft-alvestrand-rmcat-remb-03 §2.2; other feedback of this kind is passed over. */
static int read_picture(const uint8_t *packet, size_t size, int form, struct said *said) {
    if (size < 12 || form == PICTURE_LOSS || form == FULL_INTRA)
        return 0;
    if (form != APPLICATION || size < 20 || memcmp(packet + 12, "REMB", 4) != 0)
        return 1;
    uint32_t word = get32(packet + 16) & 0xFFFFFF, exponent = word >> 18;
    uint64_t mantissa = word & 0x3FFFF, most = (uint64_t)1 << 40;
    said->estimate = mantissa > most >> exponent ? most : mantissa << exponent;
    said->has_estimate = 1;
    return 1;
}

static int read_packet(const struct ear *ear, const uint8_t *packet, size_t size, double now,
                       struct said *said) {
    int form = packet[0] & 0x1F;
    const uint8_t *end = packet + size;
    size_t head = packet[1] == SENDER_REPORT ? 28 : 8;
    switch (packet[1]) {
    case SENDER_REPORT:
    case RECEIVER_REPORT:
        return form == 0 || (size >= head && read_blocks(ear, packet + head, end, form, now, said));
    case TRANSPORT_FEEDBACK:
        return form != NACK;
    case PICTURE_FEEDBACK:
        return read_picture(packet, size, form, said);
    default:
        return 1;
    }
}

int note_reports(struct ear *ear, const uint8_t *data, size_t size, double now) {
    struct said said = {.estimate = 0};
    memcpy(said.reports, ear->reports, sizeof said.reports);
    for (size_t at = 0; at < size;) {
        if (size - at < HEAD || data[at] >> 6 != 2)
            return 0;
        size_t length = 4 * (((size_t)data[at + 2] << 8 | data[at + 3]) + 1);
        if (length > size - at || !read_packet(ear, data + at, length, now, &said))
            return 0;
        at += length;
    }
    memcpy(ear->reports, said.reports, sizeof said.reports);
    if (said.has_estimate) {
        ear->estimate = said.estimate;
        ear->estimate_at = now;
    }
    ear->news++;
    return 1;
}

/* For whoever compares: as note_reports does. */
int tingbo_ear_reports(struct ear *ear, const uint8_t *data, uint32_t size, double now) {
    return note_reports(ear, data, size, now);
}
