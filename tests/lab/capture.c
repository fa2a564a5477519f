/*
 * Prints a line for each IPv4 or IPv6 packet that leaves this network namespace by `eth0`:
 *
 *     udp 5353 224.0.0.251       or       ip 2 224.0.0.22       for what is no datagram
 *
 * It prints "ready" first and goes on until it is ended.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(void) {
  int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
  struct sockaddr_ll at = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons(ETH_P_ALL),
      .sll_ifindex = (int)if_nametoindex("eth0"),
  };
  if (fd < 0 || at.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0) {
    perror("capture");
    return 1;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  for (;;) {
    unsigned char bytes[2048];
    struct sockaddr_ll from;
    socklen_t length = sizeof from;
    ssize_t size = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
    if (size < 0) return 1;
    if (from.sll_pkttype != PACKET_OUTGOING || size < 28) continue;
    int is6 = from.sll_protocol == htons(ETH_P_IPV6);
    if (!is6 && from.sll_protocol != htons(ETH_P_IP)) continue;
    int protocol = is6 ? bytes[6] : bytes[9];
    int head = is6 ? 40 : (bytes[0] & 15) * 4;
    char to[INET6_ADDRSTRLEN];
    inet_ntop(is6 ? AF_INET6 : AF_INET, bytes + (is6 ? 24 : 16), to, sizeof to);
    if (protocol == 17 && size >= head + 8)
      printf("udp %d %s\n", bytes[head + 2] << 8 | bytes[head + 3], to);
    else
      printf("ip %d %s\n", protocol, to);
  }
}
