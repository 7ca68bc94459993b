/* One frame of every kind, with every field set, for tests and fixtures. */
#ifndef SUPPORT_FRAME_SAMPLES_H
#define SUPPORT_FRAME_SAMPLES_H

#include "common/wire/frame.h"

struct frame frame_sample(enum frame_kind kind);

#endif
