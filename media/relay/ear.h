/* What is known of one viewer by who reads the port: media/relay/ear.py declares the same. */
#ifndef TINGBO_EAR_H
#define TINGBO_EAR_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

enum { MOST_MEDIA = 4, MOST_PATTERN = 232, MOST_ANSWER = 80, MOST_CHECK = 320 };

/* So much a second, and a second's worth at once. */
struct credit {
    double left, at;
};

/* The newest report that said that nothing of a medium is missing. */
struct report {
    double at;                  /* seconds of the monotonic clock, as all times here */
    uint32_t count;             /* how many there have been; grows */
    uint32_t ssrc;
    int32_t lost;
    uint32_t last_report, since_report;
    uint32_t unused;
};

/* Whether the viewer still wants what it is sent. */
struct consent {
    double due;                 /* when to ask next; 0: it is not asked here */
    double sent_at;             /* when it was asked; 0: that is answered */
    double given_at, rtt;       /* when it last was, and how long that took, in seconds */
    uint32_t body_bytes;
    uint8_t mark[4], transaction[12], body[MOST_PATTERN];       /* attributes of a check of ours */
};

struct ear {
    void *srtp;                 /* libsrtp's context for what the viewer sends */
    uint64_t number;            /* its own, never another's */
    double heard_at;            /* when it last sent something that only it can have made; 0: never */
    double estimate_at;         /* when it last told what its line carries; 0: never */
    uint64_t estimate;          /* that, in bit/s */
    struct report reports[MOST_MEDIA];
    struct credit datagrams, checks;
    uint32_t news;              /* how many reports were noted; grows */
    uint32_t ignored;           /* checks badly signed or too many */
    uint32_t media;
    uint32_t pattern_bytes;     /* 0: no check is answered here */
    struct key own_key, their_key;
    uint8_t pattern[MOST_PATTERN];      /* attributes of the check that is known */
    struct consent consent;
};

int take_credit(struct credit *credit, double a_second, double now);

/* Whether a check says nothing new; if so answer it: the answer's length, or 0: it was not signed
 * with our password, or there were too many. -1: it has to be read. */
int answer_check(struct ear *ear, const uint8_t *data, size_t size, const uint8_t *address,
                 double now, uint8_t *answer);

/* Write a check that asks for consent, of MOST_CHECK bytes at most; its length. */
size_t ask_consent(struct ear *ear, double now, uint8_t *check);

/* Whether it is the answer to that. */
int take_consent(struct ear *ear, const uint8_t *data, size_t size, double now);

/* Note what a decrypted compound packet says, if all of it is usual; 0: it has to be read. */
int note_reports(struct ear *ear, const uint8_t *data, size_t size, double now);

#endif
