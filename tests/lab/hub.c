/*
 * A bad network in user space: an Ethernet hub between TAP devices, for kernels without netem.
 *
 *     hub NAMESPACE...
 *
 * makes a device `eth0` in each of the network namespaces (paths such as /run/netns/NAME), prints
 * "ready" and carries frames until standard input ends. Port 1 is the first namespace. Settings
 * change while it runs, by one command a line on standard input; PORT may be `all`:
 *
 *     set PORT delay MS           how long every frame to this port takes
 *     set PORT jitter MS          up to so much more or less, without frames overtaking each other
 *     set PORT reorder PERCENT    of the frames skip delay and jitter, and overtake
 *     set PORT loss PERCENT       of the frames to this port are lost, each by itself
 *     set PORT burst_enter PERCENT    Gilbert-Elliott: chance by frame that good turns bad,
 *     set PORT burst_leave PERCENT    that bad turns good,
 *     set PORT burst_loss PERCENT     and how many frames are lost while it is bad
 *     set PORT duplicate PERCENT  of the frames to this port arrive twice
 *     set PORT rate KBIT          per second that this port may send, 0 for no limit
 *     set PORT queue MS           how much may wait for that rate; what finds it full is dropped
 *     group PORT NUMBER           ports hear only ports of their own group
 *     cut FROM TO | mend FROM TO  one direction between two ports
 *     counters                    answers one line of JSON
 *
 * Every other command is answered by "ok" once it is in force, or by "error" and what is wrong.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PORT_LIMIT 256
#define FRAME_LIMIT 65536         /* Bytes of one frame, with whatever offload made of it. */
#define HELD_LIMIT 65536          /* Frames on their way at once; more is a flood, and is dropped. */
#define FRAMES_PER_TURN 64        /* So that one busy port does not keep the others waiting. */
#define COMMAND_LIMIT 65536       /* Bytes of commands that came but were not read yet. */
#define DEFAULT_QUEUE_MS 500
#define ETHERNET_HEADER 14
#define ADDRESS_LENGTH 6

enum setting {
  DELAY, JITTER, REORDER, LOSS, BURST_ENTER, BURST_LEAVE, BURST_LOSS, DUPLICATE, RATE, QUEUE,
  SETTINGS
};

static const char *const SETTING_NAMES[SETTINGS] = {
  "delay", "jitter", "reorder", "loss", "burst_enter", "burst_leave", "burst_loss", "duplicate",
  "rate", "queue",
};

struct counts {
  unsigned long sent_frames, sent_bytes, received_frames, received_bytes;
  unsigned long lost, unreachable, overflowed;
};

struct port {
  int device;
  int group;
  bool is_bad;                    /* The state of its Gilbert-Elliott channel. */
  bool has_address;
  uint8_t address[ADDRESS_LENGTH];
  double settings[SETTINGS];
  double sending_until;           /* When its rate lets the next frame start. */
  struct counts counts;
};

struct frame {
  double due;
  uint64_t number;                /* Keeps frames that are due at once in their order. */
  int to;
  int length;
  uint8_t *bytes;
};

static struct port ports[PORT_LIMIT];
static int port_count;
static bool is_cut[PORT_LIMIT][PORT_LIMIT];
static double last_due[PORT_LIMIT][PORT_LIMIT];

/* A binary heap: the frame that is due first is held[0]. */
static struct frame held[HELD_LIMIT];
static int held_count;
static uint64_t frame_number;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static bool happens(double percent) {
  return percent > 0 && drand48() * 100 < percent;
}

/* ---- Frames on their way ---- */

static bool is_before(const struct frame *left, const struct frame *right) {
  return left->due < right->due || (left->due == right->due && left->number < right->number);
}

static void swap(int left, int right) {
  struct frame kept = held[left];
  held[left] = held[right];
  held[right] = kept;
}

static void hold(struct frame frame) {
  int place = held_count++;
  held[place] = frame;
  while (place > 0 && is_before(&held[place], &held[(place - 1) / 2])) {
    swap(place, (place - 1) / 2);
    place = (place - 1) / 2;
  }
}

static struct frame take_first(void) {
  struct frame first = held[0];
  held[0] = held[--held_count];
  for (int place = 0;;) {
    int least = place;
    for (int child = 2 * place + 1; child <= 2 * place + 2 && child < held_count; child++) {
      if (is_before(&held[child], &held[least])) least = child;
    }
    if (least == place) return first;
    swap(place, least);
    place = least;
  }
}

static void deliver(struct frame frame) {
  struct counts *counts = &ports[frame.to].counts;
  if (write(ports[frame.to].device, frame.bytes, frame.length) == frame.length) {
    counts->received_frames++;
    counts->received_bytes += frame.length;
  } else {
    counts->unreachable++;        /* Its device is down. */
  }
  free(frame.bytes);
}

/* ---- What happens to a frame ---- */

/* The channel turns first and loses then, so that a burst hits from its first frame on. */
static bool is_lost(struct port *to) {
  const double *settings = to->settings;
  if (happens(settings[to->is_bad ? BURST_LEAVE : BURST_ENTER])) to->is_bad = !to->is_bad;
  bool is_hit = to->is_bad && happens(settings[BURST_LOSS]);
  return happens(settings[LOSS]) || is_hit;
}

static double due_at(int from, int to, double start) {
  const double *settings = ports[to].settings;
  if (happens(settings[REORDER])) return start;
  double due = start + (settings[DELAY] + (drand48() * 2 - 1) * settings[JITTER]) / 1e3;
  if (due < last_due[from][to]) due = last_due[from][to];
  last_due[from][to] = due;
  return due;
}

static void send_copy(int from, int to, double start, const uint8_t *bytes, int length) {
  if (held_count == HELD_LIMIT) {
    ports[to].counts.overflowed++;
    return;
  }
  uint8_t *copy = malloc(length);
  if (copy == NULL) {
    ports[to].counts.overflowed++;
    return;
  }
  memcpy(copy, bytes, length);
  hold((struct frame){due_at(from, to, start), frame_number++, to, length, copy});
}

static void send_to(int from, int to, double start, const uint8_t *bytes, int length) {
  if (is_cut[from][to] || ports[from].group != ports[to].group) {
    ports[to].counts.unreachable++;
    return;
  }
  if (is_lost(&ports[to])) {
    ports[to].counts.lost++;
    return;
  }
  send_copy(from, to, start, bytes, length);
  if (happens(ports[to].settings[DUPLICATE])) send_copy(from, to, start, bytes, length);
}

/* When the last bit of a frame leaves the port, or a negative time when its queue is full. */
static double leaves_at(struct port *port, double time, int length) {
  double rate = port->settings[RATE];
  if (rate <= 0) return time;
  double start = port->sending_until > time ? port->sending_until : time;
  if (start - time > port->settings[QUEUE] / 1e3) return -1;
  port->sending_until = start + length * 8 / (rate * 1e3);
  return port->sending_until;
}

/* The port whose device has this address, or -1 for everyone. */
static int find_port(const uint8_t *address) {
  if (address[0] & 1) return -1;
  for (int index = 0; index < port_count; index++) {
    if (ports[index].has_address && memcmp(ports[index].address, address, ADDRESS_LENGTH) == 0) {
      return index;
    }
  }
  return -1;
}

static void accept_frame(int from, const uint8_t *bytes, int length) {
  struct port *port = &ports[from];
  port->counts.sent_frames++;
  port->counts.sent_bytes += length;
  memcpy(port->address, bytes + ADDRESS_LENGTH, ADDRESS_LENGTH);
  port->has_address = true;
  double start = leaves_at(port, now(), length);
  if (start < 0) {
    port->counts.overflowed++;
    return;
  }
  int only = find_port(bytes);
  for (int to = 0; to < port_count; to++) {
    if (to != from && (only < 0 || only == to)) send_to(from, to, start, bytes, length);
  }
}

static void read_frames(int from) {
  static uint8_t bytes[FRAME_LIMIT];
  for (int count = 0; count < FRAMES_PER_TURN; count++) {
    ssize_t length = read(ports[from].device, bytes, sizeof bytes);
    if (length < ETHERNET_HEADER) return;
    accept_frame(from, bytes, length);
  }
}

/* ---- Commands ---- */

static void print_counters(void) {
  printf("{\"held\":%d,\"ports\":[", held_count);
  for (int index = 0; index < port_count; index++) {
    const struct counts *counts = &ports[index].counts;
    printf("%s{\"sentFrames\":%lu,\"sentBytes\":%lu,\"receivedFrames\":%lu,\"receivedBytes\":%lu,"
           "\"lost\":%lu,\"unreachable\":%lu,\"overflowed\":%lu}",
           index == 0 ? "" : ",", counts->sent_frames, counts->sent_bytes, counts->received_frames,
           counts->received_bytes, counts->lost, counts->unreachable, counts->overflowed);
  }
  printf("]}\n");
}

static bool is_port(int number) {
  return number >= 1 && number <= port_count;
}

static bool change_setting(const char *port, const char *name, double value) {
  int number = atoi(port);
  bool is_all = strcmp(port, "all") == 0;
  if (value < 0 || (!is_all && !is_port(number))) return false;
  for (int setting = 0; setting < SETTINGS; setting++) {
    if (strcmp(SETTING_NAMES[setting], name) != 0) continue;
    for (int index = 0; index < port_count; index++) {
      if (is_all || index == number - 1) ports[index].settings[setting] = value;
    }
    return true;
  }
  return false;
}

static bool change(const char *command) {
  char port[16], name[16];
  double value;
  int left, right;
  if (sscanf(command, "set %15s %15s %lf", port, name, &value) == 3) {
    return change_setting(port, name, value);
  }
  if (sscanf(command, "group %d %d", &left, &right) == 2 && is_port(left)) {
    ports[left - 1].group = right;
    return true;
  }
  bool is_known = sscanf(command, "cut %d %d", &left, &right) == 2 ||
                  sscanf(command, "mend %d %d", &left, &right) == 2;
  if (!is_known || !is_port(left) || !is_port(right)) return false;
  is_cut[left - 1][right - 1] = command[0] == 'c';
  return true;
}

static void obey(const char *command) {
  if (strcmp(command, "counters") == 0) print_counters();
  else if (change(command)) printf("ok\n");
  else printf("error: cannot do %s\n", command);
  fflush(stdout);
}

/* Obeys every whole line that has come. Answers whether there may be more. */
static bool read_commands(void) {
  static char text[COMMAND_LIMIT];
  static size_t length;
  ssize_t count = read(STDIN_FILENO, text + length, sizeof text - length - 1);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  length += count;
  text[length] = 0;
  char *line = text;
  for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    *end = 0;
    obey(line);
  }
  length -= line - text;
  memmove(text, line, length);
  return length < sizeof text - 1;
}

/* ---- The loop ---- */

static void fail(const char *what, const char *which) {
  fprintf(stderr, "Cannot %s %s: %s\n", what, which, strerror(errno));
  exit(1);
}

/* A device belongs to the namespace of the process that opens it, and works from any later. */
static int open_device(const char *namespace_path) {
  int namespace = open(namespace_path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0 || setns(namespace, CLONE_NEWNET) < 0) fail("enter", namespace_path);
  close(namespace);
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request = {.ifr_name = "eth0", .ifr_flags = IFF_TAP | IFF_NO_PI};
  if (device < 0 || ioctl(device, TUNSETIFF, &request) < 0) fail("make a device in", namespace_path);
  return device;
}

static void open_ports(int count, char **namespace_paths) {
  int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  for (int index = 0; index < count; index++) {
    ports[index].device = open_device(namespace_paths[index]);
    ports[index].settings[QUEUE] = DEFAULT_QUEUE_MS;
  }
  if (home < 0 || setns(home, CLONE_NEWNET) < 0) fail("return from", namespace_paths[count - 1]);
  port_count = count;
}

/* Sleeps until something can be read or the next frame is due. */
static void wait_for_work(struct pollfd *polled) {
  double wait = held_count == 0 ? 1 : held[0].due - now();
  if (wait < 0) wait = 0;
  struct timespec limit = {(time_t)wait, (long)((wait - (time_t)wait) * 1e9)};
  for (int index = 0; index < port_count; index++) {
    polled[index] = (struct pollfd){.fd = ports[index].device, .events = POLLIN};
  }
  polled[port_count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
  if (ppoll(polled, port_count + 1, &limit, NULL) >= 0) return;
  for (int index = 0; index <= port_count; index++) polled[index].revents = 0;
}

int main(int argument_count, char **arguments) {
  if (argument_count < 2 || argument_count - 1 > PORT_LIMIT) {
    fprintf(stderr, "usage: hub NAMESPACE...\n");
    return 4;
  }
  srand48(time(NULL) ^ getpid());
  open_ports(argument_count - 1, arguments + 1);
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  printf("ready\n");
  fflush(stdout);

  static struct pollfd polled[PORT_LIMIT + 1];
  for (bool goes_on = true; goes_on;) {
    wait_for_work(polled);
    for (int index = 0; index < port_count; index++) {
      if (polled[index].revents & POLLIN) read_frames(index);
    }
    double time = now();
    while (held_count > 0 && held[0].due <= time) deliver(take_first());
    if (polled[port_count].revents != 0) goes_on = read_commands();
  }
  return 0;
}
